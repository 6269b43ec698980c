package release

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "sole-release-")
	if err != nil {
		panic(err)
	}
	harness.AtEnd(func() { _ = os.RemoveAll(folder) })
	first.built = released{filepath.Join(folder, "source"), filepath.Join(folder, "sole")}
	harness.Main(m)
}

// tag is the release that the tests build.
const tag = "v1.999.0"

// released is a clone of this commit with a tag, and the program that was built there as a release is.
type released struct{ source, program string }

var first struct {
	sync.Once
	built released
	err   error
}

// build returns the program for this machine, built once for all tests.
func build(t *testing.T) released {
	t.Helper()
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	if _, err := git("rev-parse", "HEAD"); err != nil {
		harness.Missing(t, "the source is no clone: Go finds no version in it")
	}
	first.Do(func() {
		clone(t, first.built.source)
		first.err = compile(t, first.built)
	})
	require.NoError(t, first.err)
	return first.built
}

func clone(t *testing.T, folder string) {
	t.Helper()
	for _, args := range [][]string{{"clone", "--quiet", root, folder}, {"-C", folder, "tag", tag}} {
		output, err := exec.Command("git", args...).CombinedOutput()
		require.NoError(t, err, "git %v: %s", args, output)
	}
}

// flags are the flags of .goreleaser.yaml by which packages are compiled.
func flags(t *testing.T) []string {
	b := configured(t).Builds[0]
	return slices.Concat(b.Flags, []string{"-tags", strings.Join(b.Tags, ",")})
}

// compile builds the program of a release for this machine.
func compile(t *testing.T, r released, env ...string) error {
	command := goCommand(t, r.source, slices.Concat([]string{"build"}, flags(t), []string{"-ldflags", configured(t).Builds[0].LDFlags[0],
		"-o", r.program, "."})...)
	command.Env = append(command.Env, env...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Logf("go build: %s", output)
	}
	return err
}

func goCommand(t *testing.T, folder string, args ...string) *exec.Cmd {
	command := exec.Command("go", args...)
	command.Dir, command.Env = folder, append(os.Environ(), configured(t).Builds[0].Env...)
	return command
}

// TestTwoBuildsOfACommitAreTheSameBytes builds in two folders. The second build compiles all packages of the module again; of others,
// it takes what the first one compiled, because -trimpath replaces their folders by their versions.
func TestTwoBuildsOfACommitAreTheSameBytes(t *testing.T) {
	one := build(t)
	folder := t.TempDir()
	two := released{filepath.Join(folder, "another", "place"), filepath.Join(folder, "sole")}
	clone(t, two.source)
	require.NoError(t, compile(t, two, "GOCACHE="+cacheOfOthers(t, one)))
	a, err := os.ReadFile(one.program)
	require.NoError(t, err)
	b, err := os.ReadFile(two.program)
	require.NoError(t, err)
	require.True(t, bytes.Equal(a, b), "two builds of one commit differ")
	for _, name := range []string{one.source, environment(t, one.source, "GOROOT"), environment(t, one.source, "GOMODCACHE")} {
		require.False(t, bytes.Contains(a, []byte(name)), "the program contains the name of the folder %s", name)
	}
}

// environment returns a value of go env.
func environment(t *testing.T, folder, name string) string {
	t.Helper()
	output, err := goCommand(t, folder, "env", name).Output()
	require.NoError(t, err)
	value := strings.TrimSpace(string(output))
	require.NotEmpty(t, value)
	return value
}

// cacheOfOthers returns a build cache with what was compiled of the standard library and of other modules, but not of this one.
func cacheOfOthers(t *testing.T, r released) string {
	t.Helper()
	fresh := t.TempDir()
	cache := environment(t, r.source, "GOCACHE")
	list := slices.Concat([]string{"list", "-deps", "-export"}, flags(t), []string{"-f", "{{.ImportPath}} {{.BuildID}}", "."})
	output, err := goCommand(t, r.source, list...).Output()
	require.NoError(t, err)
	others := 0
	for line := range strings.Lines(string(output)) {
		path, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		if path == "github.com/sole-platform/sole" || strings.HasPrefix(path, "github.com/sole-platform/sole/") || id == "" {
			continue
		}
		// An id begins with half of the hash under which the cache has an entry; the entry names the file of the result.
		action, _, _ := strings.Cut(id, "/")
		hash, err := base64.RawURLEncoding.DecodeString(action)
		require.NoError(t, err, path)
		entries, err := filepath.Glob(filepath.Join(cache, hex.EncodeToString(hash[:1]), hex.EncodeToString(hash)+"*-a"))
		require.NoError(t, err)
		require.Len(t, entries, 1, path)
		text, err := os.ReadFile(entries[0])
		require.NoError(t, err)
		result := strings.Fields(string(text))[2] + "-d"
		link(t, entries[0], filepath.Join(fresh, filepath.Base(filepath.Dir(entries[0])), filepath.Base(entries[0])))
		link(t, filepath.Join(cache, result[:2], result), filepath.Join(fresh, result[:2], result))
		others++
	}
	require.Greater(t, others, 500)
	return fresh
}

func link(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	if _, err := os.Lstat(to); err != nil {
		require.NoError(t, os.Symlink(from, to))
	}
}

func TestTheProgramIsStatic(t *testing.T) {
	r := build(t)
	if runtime.GOOS != "linux" {
		t.Skip("only programs for Linux are static")
	}
	file, err := elf.Open(r.program)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	for _, p := range file.Progs {
		require.NotEqual(t, elf.PT_INTERP, p.Type, "it needs a dynamic linker")
	}
	libraries, err := file.ImportedLibraries()
	require.NoError(t, err)
	require.Empty(t, libraries)
}

// TestTheProgramSaysItsTag also builds a source that differs from the commit.
func TestTheProgramSaysItsTag(t *testing.T) {
	r := build(t)
	says := func(program string, args ...string) string {
		command := exec.Command(program, args...)
		command.Dir = t.TempDir()
		output, err := command.Output()
		require.NoError(t, err)
		return string(output)
	}
	commit, err := git("rev-parse", "HEAD")
	require.NoError(t, err)
	require.Equal(t, []string{"sole " + tag, "commit: " + commit}, strings.Split(says(r.program, "version"), "\n")[:2])
	var document struct{ Info struct{ Version string } }
	require.NoError(t, json.Unmarshal([]byte(says(r.program, "openapi")), &document))
	require.Equal(t, tag, document.Info.Version)

	changed := released{filepath.Join(t.TempDir(), "source"), filepath.Join(t.TempDir(), "sole")}
	clone(t, changed.source)
	require.NoError(t, os.WriteFile(filepath.Join(changed.source, "README.md"), []byte("# Changed\n"), 0o644))
	require.NoError(t, compile(t, changed))
	text := says(changed.program, "version")
	require.Contains(t, text, "sole "+tag+"+dirty\n")
	require.Contains(t, text, "commit: "+commit+", with changes that are not in the commit\n")
}

// TestTheBillOfMaterialsListsEveryModule runs the command of .goreleaser.yaml and compares its components with the modules that Go
// recorded in the program.
func TestTheBillOfMaterialsListsEveryModule(t *testing.T) {
	r := build(t)
	s := configured(t).SBOMs[0]
	require.Equal(t, "binary", s.Artifacts)
	list := filepath.Join(t.TempDir(), "sole.cdx.json")
	args := strings.Split(strings.NewReplacer("$document", list, "$artifact", r.program).Replace(strings.Join(s.Args, "\n")), "\n")
	if output, err := exec.Command(s.Cmd, args...).CombinedOutput(); err != nil {
		harness.Missing(t, "cyclonedx-gomod cannot be run: "+string(output))
	}
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	var bill struct {
		Format   string `json:"bomFormat"`
		Metadata struct {
			Component struct{ Name, Version string }
		}

		Components []struct{ Name, Version string }
	}
	require.NoError(t, json.Unmarshal(text, &bill))
	require.Equal(t, "CycloneDX", bill.Format)
	require.Equal(t, tag, bill.Metadata.Component.Version)
	listed := map[string]bool{}
	for _, c := range bill.Components {
		listed[c.Name+" "+c.Version] = true
	}
	info, err := buildinfo.ReadFile(r.program)
	require.NoError(t, err)
	require.Greater(t, len(info.Deps), 50)
	for _, module := range info.Deps {
		require.True(t, listed[module.Path+" "+module.Version], "%s %s is not listed", module.Path, module.Version)
	}
}
