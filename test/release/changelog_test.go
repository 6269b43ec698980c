package release

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

var heading = regexp.MustCompile(`(?m)^## (Unreleased|(\d+\.\d+\.\d+(?:-[\w.]+)?) - \d{4}-\d{2}-\d{2})$`)

// TestTheChangelogHasASectionForWhatIsNext: the first section is that of the tag of this commit, or Unreleased.
func TestTheChangelogHasASectionForWhatIsNext(t *testing.T) {
	sections := heading.FindAllStringSubmatch(read(t, "CHANGELOG.md"), -1)
	require.NotEmpty(t, sections)
	require.Len(t, regexp.MustCompile(`(?m)^## `).FindAllString(read(t, "CHANGELOG.md"), -1), len(sections), "headings of another form")
	if tag, err := git("describe", "--tags", "--exact-match", "--match", "v*"); err == nil {
		require.Equal(t, strings.TrimPrefix(tag, "v"), sections[0][2], "the section of the tag %s", tag)
	}
}

// TestTheChangelogNamesTheNewMigrations: an operator must know of each migration whether older replicas may serve meanwhile.
func TestTheChangelogNamesTheNewMigrations(t *testing.T) {
	last, err := harness.PreviousRelease()
	if err != nil {
		harness.Missing(t, err.Error())
	}
	files, err := git("diff", "--name-only", "--diff-filter=A", last, "--", "migrations/postgres")
	require.NoError(t, err)
	text := read(t, "CHANGELOG.md")
	bounds := heading.FindAllStringIndex(text, 2)
	if len(bounds) == 2 {
		text = text[:bounds[1][0]]
	}
	named := migrationsIn(text)
	for file := range strings.Lines(files) {
		var number int
		_, err := fmt.Sscanf(strings.TrimSpace(file), "migrations/postgres/%d_", &number)
		require.NoError(t, err, file)
		require.Contains(t, named, number, "CHANGELOG.md, \"For operators\", does not say what %s demands of an operator", file)
	}
}

// migrationsIn returns the numbers after the word migration: "Migration 3", "migrations 4, 5 and 7", "Migrations 8 to 10".
func migrationsIn(text string) (numbers []int) {
	for _, list := range regexp.MustCompile(`[Mm]igrations? (\d+(?:(?:, | and | to )\d+)*)`).FindAllStringSubmatch(text, -1) {
		parts := regexp.MustCompile(`(, | and | to )?(\d+)`).FindAllStringSubmatch(list[1], -1)
		for _, part := range parts {
			number, _ := strconv.Atoi(part[2])
			for part[1] == " to " && numbers[len(numbers)-1]+1 < number {
				numbers = append(numbers, numbers[len(numbers)-1]+1)
			}
			numbers = append(numbers, number)
		}
	}
	return numbers
}

func TestNumbersOfMigrationsAreRead(t *testing.T) {
	require.Equal(t, []int{3, 4, 5, 7, 8, 9, 10}, migrationsIn("Migration 3 adds; migrations 4, 5 and 7. Migrations 8 to 10"))
}

func git(args ...string) (string, error) {
	output, err := exec.Command("git", slices.Concat([]string{"-C", root}, args)...).Output()
	return strings.TrimSpace(string(output)), err
}
