package browser

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// Size makes the inside of the window so many pixels wide and high.
func (b *Tab) Size(width, height int) { b.t.Helper(); b.window(width, height, 1) }

// Zoom shows the pages of a window of this size at 200 %.
func (b *Tab) Zoom(width, height int) { b.t.Helper(); b.window(width/2, height/2, 2) }

func (b *Tab) window(width, height, scale int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride",
		message{"width": width, "height": height, "deviceScaleFactor": scale, "mobile": false})
}

// Dark shows pages to somebody who prefers dark colours, or light ones.
func (b *Tab) Dark(dark bool) {
	b.t.Helper()
	b.Prefer("prefers-color-scheme", map[bool]string{true: "dark", false: "light"}[dark])
}

// Prefer sets a media feature, such as prefers-reduced-motion to reduce.
func (b *Tab) Prefer(feature, value string) {
	b.t.Helper()
	b.media[feature] = value
	var features []message
	for name, value := range b.media {
		features = append(features, message{"name": name, "value": value})
	}
	b.call("Emulation.setEmulatedMedia", message{"features": features})
}

// Speak makes the browser one whose language is this, such as de-DE.
func (b *Tab) Speak(locale string) {
	b.t.Helper()
	b.call("Emulation.setUserAgentOverride", message{"userAgent": b.chrome.agent, "acceptLanguage": locale})
}

// WithoutScripts turns JavaScript off for the pages of the tab.
func (b *Tab) WithoutScripts() {
	b.t.Helper()
	b.call("Emulation.setScriptExecutionDisabled", message{"value": true})
}

// Screenshot writes a picture of the window, or of the whole page, to a file. Its name ends with .webp, .png or .jpeg.
func (b *Tab) Screenshot(path string, whole bool) {
	b.t.Helper()
	params := message{"format": strings.TrimPrefix(filepath.Ext(path), "."), "optimizeForSpeed": false}
	if params["format"] == "webp" {
		params["quality"] = 85
	}
	if whole {
		size := b.call("Page.getLayoutMetrics", nil)["cssContentSize"].(map[string]any)
		params["captureBeyondViewport"] = true
		params["clip"] = message{"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
	}
	picture, err := base64.StdEncoding.DecodeString(b.call("Page.captureScreenshot", params)["data"].(string))
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(b.t, os.WriteFile(path, picture, 0o644))
}

// keepPicture keeps a picture of the tab of a failed test, if that is wanted.
func (b *Tab) keepPicture() {
	folder := os.Getenv("SOLE_TEST_SCREENSHOTS")
	answer, err := message(nil), error(nil)
	if folder != "" {
		answer, err = b.chrome.call(b.session, "Page.captureScreenshot", message{"format": "png"})
	}
	if folder == "" || err != nil {
		return
	}
	picture, _ := base64.StdEncoding.DecodeString(answer["data"].(string))
	name := fmt.Sprintf("%s-%d.png", strings.ReplaceAll(b.t.Name(), "/", "-"), time.Now().UnixNano())
	if err := os.WriteFile(filepath.Join(folder, name), picture, 0o644); err == nil {
		b.t.Logf("picture: %s", filepath.Join(folder, name))
	}
}
