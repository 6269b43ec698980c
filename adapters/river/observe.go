package river

import (
	"context"
	"encoding/json"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// noteKey is the member of a job's metadata with the note that was added when the job was enqueued.
const noteKey = "sole:note"

// noting implements rivertype.JobInsertMiddleware.
type noting struct {
	river.MiddlewareDefaults
	note func(context.Context) string
}

// InsertMany implements rivertype.JobInsertMiddleware.
func (n *noting) InsertMany(
	ctx context.Context, jobs []*rivertype.JobInsertParams, next func(context.Context) ([]*rivertype.JobInsertResult, error),
) ([]*rivertype.JobInsertResult, error) {
	if n.note == nil {
		return next(ctx)
	}
	note := n.note(ctx)
	if note == "" {
		return next(ctx)
	}
	metadata, err := json.Marshal(map[string]string{noteKey: note})
	if err != nil {
		return nil, err
	}
	for _, job := range jobs {
		job.Metadata = metadata
	}
	return next(ctx)
}

// observing implements rivertype.WorkerMiddleware.
type observing struct {
	river.MiddlewareDefaults
	observe Observe
}

// Work implements rivertype.WorkerMiddleware.
func (o *observing) Work(ctx context.Context, job *rivertype.JobRow, next func(context.Context) error) error {
	if o.observe == nil {
		return next(ctx)
	}
	var metadata map[string]any
	_ = json.Unmarshal(job.Metadata, &metadata) // metadata that cannot be read has no note
	note, _ := metadata[noteKey].(string)
	ctx, ended := o.observe(ctx, job.Kind, note)
	err := next(ctx)
	ended(err)
	return err
}
