package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryValueHasACommentOfOneSentence reads values.yaml. A comment above a group without comments of its own is enough.
func TestEveryValueHasACommentOfOneSentence(t *testing.T) {
	text, err := os.ReadFile(folder + "/values.yaml")
	require.NoError(t, err)
	var groups []int // the indents of the groups around a line that have a comment
	before := ""
	for i, line := range strings.Split(string(text), "\n") {
		value := strings.TrimLeft(line, " ")
		if value != "" && !strings.HasPrefix(value, "#") {
			indent := len(line) - len(value)
			groups = slices.DeleteFunc(groups, func(group int) bool { return group >= indent })
			commented, group := strings.HasPrefix(before, "# "), strings.HasSuffix(value, ":")
			require.True(t, group || commented || len(groups) > 0, "values.yaml:%d has no comment", i+1)
			require.True(t, !commented || strings.HasSuffix(before, "."), "values.yaml:%d is no sentence", i)
			if group && commented {
				groups = append(groups, indent)
			}
		}
		before = value
	}
}

// leaves returns the paths of all values that are no maps, and of empty maps.
func leaves(path string, value any) (list []string) {
	mapping, ok := value.(map[string]any)
	if !ok || len(mapping) == 0 {
		return []string{path}
	}
	for key, inner := range mapping {
		list = append(list, leaves(strings.TrimPrefix(path+"."+key, "."), inner)...)
	}
	return list
}

// properties returns the leaves of the schema, without those that exist only to be refused by a template with a better sentence.
func properties(path string, schema map[string]any) (list []string) {
	inner, ok := schema["properties"].(map[string]any)
	if !ok {
		return []string{path}
	}
	for name, property := range inner {
		property := property.(map[string]any)
		if description, _ := property["description"].(string); !strings.HasPrefix(description, "refused: ") {
			list = append(list, properties(strings.TrimPrefix(path+"."+name, "."), property)...)
		}
	}
	return list
}

func readSchema(t *testing.T) (schema map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(load(t).Schema, &schema))
	return schema
}

// TestTheSchemaHasTheValuesOfTheChart compares values.schema.json with values.yaml, except for the keys of the configuration, which
// the service documents, and the resources, which Kubernetes does.
func TestTheSchemaHasTheValuesOfTheChart(t *testing.T) {
	own := func(paths []string) []string {
		paths = slices.DeleteFunc(paths, func(path string) bool {
			return strings.HasPrefix(path, "config.") || strings.HasPrefix(path, "resources.") || path == "global"
		})
		slices.Sort(paths)
		return paths
	}
	require.Equal(t, own(leaves("", load(t).Values)), own(properties("", readSchema(t))))
	var check func(path string, schema map[string]any)
	check = func(path string, schema map[string]any) {
		if inner, ok := schema["properties"].(map[string]any); ok {
			require.Equal(t, false, schema["additionalProperties"], "%s: unknown values must be refused", path)
			for name, property := range inner {
				check(path+"."+name, property.(map[string]any))
			}
		}
	}
	check("", readSchema(t))
}

// TestTheSchemaHasTheKeysOfTheService compares the configuration and the secrets with .env.example.
func TestTheSchemaHasTheKeysOfTheService(t *testing.T) {
	schema := readSchema(t)["properties"].(map[string]any)
	config := schema["config"].(map[string]any)["properties"].(map[string]any)
	known := append(configurationKeys(t), "PGPASSWORD", "GOMAXPROCS", "SSL_CERT_DIR")
	require.ElementsMatch(t, known, slices.Collect(maps.Keys(config)))
	text, err := os.ReadFile("../../.env.example")
	require.NoError(t, err)
	refused := []string{}
	for key, property := range config {
		description := property.(map[string]any)["description"].(string)
		if reason, is := strings.CutPrefix(description, "refused: "); is {
			if reason == "a secret, see secrets" {
				refused = append(refused, key)
			}
			continue
		}
		require.Contains(t, string(text), "# "+description+"\n#"+key+"=", "the description of config.%s", key)
	}
	secrets := schema["secrets"].(map[string]any)["properties"].(map[string]any)
	keys := secrets["keys"].(map[string]any)["items"].(map[string]any)["enum"].([]any)
	require.Len(t, keys, len(refused))
	for _, key := range keys {
		require.Contains(t, refused, key)
	}
}

var usedValue = regexp.MustCompile(`\$?\.Values((?:\.[A-Za-z]+)+)`)

// TestTemplatesUseValuesThatExist looks up every value that a template names in values.yaml. Keys of config need not be there.
func TestTemplatesUseValuesThatExist(t *testing.T) {
	used := 0
	for _, template := range load(t).Templates {
		for _, match := range usedValue.FindAllStringSubmatch(string(template.Data), -1) {
			path := strings.Split(match[1], ".")[1:]
			if path[0] == "config" {
				continue
			}
			used++
			var value any = load(t).Values
			for _, name := range path {
				mapping, ok := value.(map[string]any)
				require.True(t, ok, "%s: %s", template.Name, match[0])
				value, ok = mapping[name]
				require.True(t, ok, "%s: %s is not in values.yaml", template.Name, match[0])
			}
		}
	}
	require.Greater(t, used, 100)
}

// other are values that differ from those of all cases, where no rule finds one.
var other = map[string]string{
	"image.tag": "1.2.3", "image.digest": "sha256:" + strings.Repeat("b", 64), "image.pullPolicy": "Always",
	"imagePullSecrets": "[{name: other}]", "secrets.keys": "[DATABASE_URL, SECRET_KEY, JWT_PRIVATE_KEY, REDIS_URL, PGPASSWORD]",
	"secrets.from": "{DATABASE_URL: {name: other, key: uri}}", "config.PUBLIC_URL": "https://other.example.org",
	"config.TENANCY_MODE": "multi", "uploads.size": "20Gi", "uploads.accessMode": "ReadWriteOncePod", "service.type": "NodePort",
	"service.annotations": "{a: b}", "ingress.annotations": "{a: b}", "ingress.extraHosts": "[other.example.org]",
	"gateway.enabled": "false", "gateway.parentRefs": "[{name: other}]",
	"metrics.serviceMonitor.interval": "10s", "metrics.serviceMonitor.labels": "{a: b}",
	"metrics.prometheusRule.labels": "{a: b}", "networkPolicy.proxy": "[{podSelector: {matchLabels: {a: b}}}]",
	"networkPolicy.monitoring": "[{podSelector: {matchLabels: {a: b}}}]", "networkPolicy.webhookPorts": "[8443]",
	"networkPolicy.extraEgress": "[{ports: [{port: 1}]}]", "serviceAccount.annotations": "{a: b}", "podLabels": "{a: b}",
	"podAnnotations": "{a: b}", "nodeSelector": "{a: b}", "tolerations": "[{key: a}]", "affinity": "{podAffinity: {}}",
	"extraEnv": "[{name: A, value: b}]", "resources.requests.cpu": "123m", "resources.requests.memory": "123Mi",
	"resources.limits.memory": "345Mi", "resources.limits.cpu": "3", "uploads.ephemeral": "true",
	"secrets.check": "", // TestAMissingSecretIsRefusedBeforeAnythingIsReplaced covers it
}

// changed returns another value, as YAML.
func changed(path string, value any) string {
	switch v := value.(type) {
	case bool:
		return fmt.Sprint(!v)
	case float64:
		return fmt.Sprint(int(v) + 7)
	case []any:
		if strings.HasSuffix(path, ".ports") {
			return "[1234]"
		}
		return "[{ipBlock: {cidr: 10.9.9.9/32}}]"
	}
	return "other"
}

// TestEveryValueHasAnEffect changes one value after the other, in each case, until that changes what is rendered.
func TestEveryValueHasAnEffect(t *testing.T) {
	before := map[string]string{}
	for _, name := range cases(t) {
		before[name] = everything(t, given(t, name))
		require.NotEmpty(t, before[name], name)
	}
	for _, path := range leaves("", load(t).Values) {
		value, written := other[path]
		if written && value == "" {
			continue
		}
		if !written {
			value = changed(path, at(load(t).Values, path))
		}
		parts := strings.Split(path, ".")
		text := "{" + strings.Join(parts, ": {") + ": " + value + strings.Repeat("}", len(parts))
		effect := slices.ContainsFunc(cases(t), func(name string) bool {
			after := everything(t, merged(t, given(t, name), text))
			return after != "" && after != before[name]
		})
		require.True(t, effect, "%s changes nothing", text)
	}
}

func at(v any, path string) any {
	for _, name := range strings.Split(path, ".") {
		v = v.(map[string]any)[name]
	}
	return v
}

// everything returns what is rendered, or nothing if the values are refused.
func everything(t *testing.T, v values) string {
	t.Helper()
	texts, err := renderTexts(t, v, nil)
	if err != nil {
		return ""
	}
	var all strings.Builder
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		all.WriteString(texts[path])
	}
	return all.String()
}
