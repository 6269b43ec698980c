package http

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// identified is a request whose path has the id of a resource. id returns domain.ErrNotFound for a text that is not an id.
type identified[ID ~string] interface{ id() (ID, error) }

// byID returns a handler that calls handle with the id in the path of the request.
func byID[I identified[ID], ID ~string, O any](
	handle func(context.Context, domain.Caller, ID, *I) (*O, error),
) func(context.Context, domain.Caller, *I) (*O, error) {
	return func(ctx context.Context, caller domain.Caller, in *I) (*O, error) {
		id, err := (*in).id()
		if err != nil {
			return nil, err
		}
		return handle(ctx, caller, id, in)
	}
}

// doneByID returns a handler for a use case that takes an id and has no result.
func doneByID[I identified[ID], ID ~string](
	execute func(context.Context, domain.Caller, ID) error,
) func(context.Context, domain.Caller, *I) (*nothing, error) {
	return byID(func(ctx context.Context, caller domain.Caller, id ID, _ *I) (*nothing, error) {
		return nil, execute(ctx, caller, id)
	})
}

// foundByID returns a handler for a use case that takes an id. show converts its result into the response.
func foundByID[I identified[ID], ID ~string, E, O any](
	execute func(context.Context, domain.Caller, ID) (E, error), show func(E) *O,
) func(context.Context, domain.Caller, *I) (*O, error) {
	return byID(func(ctx context.Context, caller domain.Caller, id ID, _ *I) (*O, error) {
		found, err := execute(ctx, caller, id)
		if err != nil {
			return nil, err
		}
		return show(found), nil
	})
}
