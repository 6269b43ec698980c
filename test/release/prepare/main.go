// Prepare writes what a release contains beside the programs: the section of the changelog, and the licences of all modules that the
// programs are linked from.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "prepare: %s\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("prepare", flag.ContinueOnError)
	into := flags.String("into", "bin", "folder to write to")
	version := flags.String("version", "Unreleased", "tag of the release, or Unreleased")
	if err := flags.Parse(args); err != nil {
		return err
	}
	changelog, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	notes, err := section(string(changelog), *version)
	if err != nil {
		return err
	}
	texts, err := licences()
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(*into, 0o755),
		os.WriteFile(filepath.Join(*into, "release-notes.md"), []byte(notes), 0o644),
		os.WriteFile(filepath.Join(*into, "third-party-licences.txt"), []byte(texts), 0o644),
	)
}
