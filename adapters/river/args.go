package river

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The members that the queue adds to the JSON of a job.
const (
	memberOrg    = "org"
	memberUnique = "unique"
)

// args implement river.JobArgs for jobs of every kind. Their JSON is that of the job itself, with the org and the key of
// uniqueness added.
type args struct {
	Org    domain.OrgID `json:"org" river:"unique"`
	Unique string       `json:"unique" river:"unique"`

	kind    string
	payload json.RawMessage // of an enqueued job all of its JSON
}

// newArgs returns an error if the JSON of the job is no object, or has a member that the queue adds.
func newArgs(org domain.OrgID, job port.Job) (args, error) {
	payload, err := json.Marshal(job)
	if err != nil {
		return args{}, fmt.Errorf("river: encode a job of kind %s: %w", job.Kind(), err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(payload, &members); err != nil {
		return args{}, fmt.Errorf("river: encode a job of kind %s: %w", job.Kind(), err)
	}
	for _, name := range []string{memberOrg, memberUnique} {
		if _, taken := members[name]; taken {
			return args{}, fmt.Errorf("river: jobs of kind %s cannot have a member %q: the queue adds it", job.Kind(), name)
		}
	}
	return args{Org: org, Unique: job.Terms().UniqueKey, kind: job.Kind(), payload: payload}, nil
}

// Kind implements river.JobArgs.
func (a args) Kind() string { return a.kind }

// MarshalJSON implements json.Marshaler.
func (a args) MarshalJSON() ([]byte, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(a.payload, &members); err != nil {
		return nil, err
	}
	var err error
	if members[memberOrg], err = json.Marshal(a.Org); err != nil {
		return nil, err
	}
	if a.Unique != "" {
		if members[memberUnique], err = json.Marshal(a.Unique); err != nil {
			return nil, err
		}
	}
	return json.Marshal(members)
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *args) UnmarshalJSON(data []byte) error {
	var added struct {
		Org domain.OrgID `json:"org"`
	}
	err := json.Unmarshal(data, &added)
	a.Org, a.payload = added.Org, bytes.Clone(data)
	return err
}
