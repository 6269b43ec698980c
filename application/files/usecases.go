package files

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases stores and returns the files of orgs and the pictures of orgs and accounts.
type UseCases struct {
	List          List
	Get           Get
	Upload        Upload
	Remove        Remove
	GetPicture    GetPicture
	SetPicture    SetPicture
	RemovePicture RemovePicture
	GetLogo       GetLogo
}

// Deps is what these use cases need.
type Deps struct {
	Guard    proof.Guard
	Files    port.FileStore
	Media    port.MediaOf
	Pictures port.Pictures
	Quota    Quota
}

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		List:          List{Guard: d.Guard, Quota: d.Quota},
		Get:           Get{Guard: d.Guard, Files: d.Files},
		Upload:        Upload{Guard: d.Guard, Files: d.Files, Media: d.Media, Quota: d.Quota},
		Remove:        Remove{Guard: d.Guard, Files: d.Files},
		GetPicture:    GetPicture{Guard: d.Guard, Files: d.Files},
		SetPicture:    SetPicture{Guard: d.Guard, Files: d.Files, Pictures: d.Pictures, Quota: d.Quota},
		RemovePicture: RemovePicture{Guard: d.Guard, Files: d.Files},
		GetLogo:       GetLogo{Store: d.Guard.Store, Files: d.Files},
	}
}
