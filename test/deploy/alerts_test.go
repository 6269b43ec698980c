//go:build linux

package deploy

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/sole-platform/sole/test/harness"
)

// alert is a rule of deploy/prometheus/sole.rules.yml.
type alert struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) (all []alert) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alert } }
	require.NoError(t, yaml.Unmarshal([]byte(deployed(t, "prometheus/sole.rules.yml")), &file))
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	require.Greater(t, len(all), 10)
	return all
}

// TestPromtoolAcceptsTheRules also runs the unit tests of the rules.
func TestPromtoolAcceptsTheRules(t *testing.T) {
	t.Parallel()
	promtool := harness.Program(t, "promtool", "prometheus")
	for _, args := range [][]string{
		{"check", "rules", "sole.rules.yml"}, {"test", "rules", "sole.rules.test.yml"}, {"check", "config", "--syntax-only", "prometheus.yml"},
	} {
		command := exec.Command(promtool, args...)
		command.Dir = filepath.Join(root, "deploy/prometheus")
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
}

// TestEveryAlertIsTested: each alert fires in a unit test and is silent in another.
func TestEveryAlertIsTested(t *testing.T) {
	t.Parallel()
	text := deployed(t, "prometheus/sole.rules.test.yml")
	for _, a := range alerts(t) {
		require.Contains(t, text, "- alertname: "+a.Alert+"\n")
		require.Contains(t, text, "- {alertname: "+a.Alert+", eval_time: 85m, exp_alerts: []}\n")
	}
}

// TestEveryAlertHasASectionOfTheRunbook, and every section an alert, to which the alert links.
func TestEveryAlertHasASectionOfTheRunbook(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "docs/alerts.md"))
	require.NoError(t, err)
	sections := map[string]string{}
	for _, section := range strings.Split(string(raw), "\n## ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		sections[name] = text
	}
	for _, a := range alerts(t) {
		text := sections[a.Alert]
		require.NotEmpty(t, text, "docs/alerts.md has no section %s", a.Alert)
		severity := a.Labels["severity"]
		require.Contains(t, []string{"critical", "warning"}, severity)
		require.True(t, strings.HasPrefix(text, "\n**"+strings.ToUpper(severity[:1])+severity[1:]+".** "), "%s is %s", a.Alert, severity)
		require.Contains(t, text, "**Users notice:** ")
		require.Contains(t, text, "**It ends:** ")
		commands := regexp.MustCompile("(?s)```sh\n(.*?)```").FindStringSubmatch(text)
		require.NotNil(t, commands, a.Alert)
		require.Equal(t, 3, strings.Count(commands[1], "\n"), "%s: three commands", a.Alert)
		require.NotEmpty(t, a.Annotations["summary"])
		require.NotEmpty(t, a.Annotations["description"])
		require.Equal(t, "https://github.com/sole-platform/sole/blob/main/docs/alerts.md#"+strings.ToLower(a.Alert), a.Annotations["runbook_url"])
		delete(sections, a.Alert)
	}
	require.Empty(t, sections, "sections without an alert")
}

// scraped has the samples of a replica by the name of the metric.
func scraped(t *testing.T, r *replica) map[string][]string {
	t.Helper()
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:1%d/metrics", r.port))
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	samples := map[string][]string{}
	for line := range strings.SplitSeq(string(raw), "\n") {
		if name := regexp.MustCompile(`^[a-z_]+`).FindString(line); name != "" {
			samples[name] = append(samples[name], line)
		}
	}
	return samples
}

var (
	selector = regexp.MustCompile(`\b((?:sole|process)_[a-z_]+)(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`(\w+)(=~|!=|!~|=)"([^"]*)"`)
	grouping = regexp.MustCompile(`by \(([^)]*)\)`)
)

// Labels that Prometheus or its operator adds, and values that a service in order does not show.
var added, rare = []string{"job", "instance", "le", "namespace", "service", "pod"}, []string{"5xx", "error"}

// TestTheRulesNameWhatTheServiceExports compares the metrics, labels and values that the rules name with a running service.
func TestTheRulesNameWhatTheServiceExports(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.exec(t, `INSERT INTO river_job (kind, args, state, max_attempts, queue, finalized_at)
		VALUES ('letter', '{}', 'discarded', 1, 'default', now())`)
	r := s.start(t)
	response, err := http.Get("http://" + r.address() + "/api/v1/me")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	var samples map[string][]string
	soon(t, "the jobs are counted, and a routine has run", func() bool {
		samples = scraped(t, r)
		return samples["sole_jobs"] != nil && samples["sole_job_duration_seconds_count"] != nil
	})
	require.Contains(t, samples["sole_ready"], "sole_ready 1")
	soon(t, "the sealing is counted", func() bool {
		return slices.Contains(scraped(t, r)["sole_routine_runs_total"], `sole_routine_runs_total{outcome="ok",routine="audit.seal"} 1`)
	})
	for _, a := range alerts(t) {
		labels := map[string]bool{}
		for _, found := range selector.FindAllStringSubmatch(a.Expr, -1) {
			require.NotEmpty(t, samples[found[1]], "%s names %s, which the service does not export", a.Alert, found[1])
			for _, m := range matcher.FindAllStringSubmatch(found[2], -1) {
				requireLabel(t, a.Alert, samples[found[1]], m)
			}
			for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(samples[found[1]][0], -1) {
				labels[l[1]] = true
			}
		}
		for _, found := range grouping.FindAllStringSubmatch(a.Expr, -1) {
			for label := range strings.SplitSeq(found[1], ", ") {
				require.True(t, labels[label] || slices.Contains(added, label), "%s groups by %s", a.Alert, label)
			}
		}
	}
}

// requireLabel requires that a sample has the label of a matcher, and its value if the matcher names one.
func requireLabel(t *testing.T, alert string, samples, matcher []string) {
	t.Helper()
	label, operator, value := matcher[1], matcher[2], matcher[3]
	if slices.Contains(added, label) {
		return
	}
	text := strings.Join(samples, "\n")
	require.Contains(t, text, label+`="`, alert)
	if operator == "=" && !slices.Contains(rare, value) {
		require.Contains(t, text, label+`="`+value+`"`, alert)
	}
}
