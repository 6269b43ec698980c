package members

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases is what administrators do with the accounts of their org.
type UseCases struct {
	List           List
	Get            Get
	Overview       Overview
	Create         Create
	Update         Update
	Remove         Remove
	Export         Export
	OrderImport    OrderImport
	OrderFile      OrderFile
	CheckFile      CheckFile
	GetImport      GetImport
	ListImportRows ListImportRows
	Invite         Invite
	Uninvite       Uninvite
	AssignRoles    AssignRoles
	ResetMFA       ResetMFA
	ResetPassword  ResetPassword
	Suspend        Suspend
	Activate       Activate
	SignOut        SignOut
}

// Deps is what these use cases need.
type Deps struct {
	Guard       proof.Guard
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
	Invitations Invitations
	Files       port.FileStore
	// AccountFiles reads the files of other systems.
	AccountFiles AccountFiles
}

// New returns the use cases.
func New(d Deps) UseCases {
	accounts := Accounts{d.Guard}
	return UseCases{
		List:           List{d.Guard},
		Get:            Get{d.Guard},
		Overview:       Overview{d.Guard},
		Create:         Create{Guard: d.Guard, Hasher: d.Hasher, NewPassword: d.NewPassword, Invitations: d.Invitations},
		Update:         Update{Accounts: accounts, Invitations: d.Invitations},
		Remove:         Remove{Accounts: accounts, Files: d.Files},
		Export:         Export{d.Guard},
		OrderImport:    OrderImport{d.Guard},
		OrderFile:      OrderFile{Guard: d.Guard, Files: d.AccountFiles, Invitations: d.Invitations},
		CheckFile:      CheckFile{Guard: d.Guard, Files: d.AccountFiles, Invitations: d.Invitations},
		GetImport:      GetImport{d.Guard},
		ListImportRows: ListImportRows{d.Guard},
		Invite:         Invite{Accounts: accounts, Invitations: d.Invitations},
		Uninvite:       Uninvite{accounts},
		AssignRoles:    AssignRoles{accounts},
		ResetMFA:       ResetMFA{accounts},
		ResetPassword:  ResetPassword{Accounts: accounts, Hasher: d.Hasher, NewPassword: d.NewPassword},
		Suspend:        Suspend{accounts},
		Activate:       Activate{accounts},
		SignOut:        SignOut{accounts},
	}
}
