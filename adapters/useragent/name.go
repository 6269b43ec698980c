// Package useragent names the browser that sent a User-Agent header.
package useragent

import (
	"slices"

	"github.com/mileusna/useragent"

	"github.com/sole-platform/sole/application/port"
)

var _ port.BrowserName = Name

// unknown is the name of a browser that is not listed.
const unknown = "an unknown browser"

// browsers and systems are the only words in a name. For an unknown browser the parser returns text of the header, which the
// client chose.
var (
	browsers = []string{
		useragent.Chrome, useragent.HeadlessChrome, useragent.Edge, useragent.Firefox, useragent.InternetExplorer, useragent.Opera,
		useragent.OperaMini, useragent.OperaTouch, useragent.Safari, useragent.SamsungBrowser, useragent.Vivaldi,
		"Android browser", "Huawei Browser", "Miui Browser", "curl",
	}
	systems = []string{
		useragent.Android, useragent.ChromeOS, useragent.FreeBSD, useragent.Harmony,
		useragent.IOS, useragent.Linux, useragent.MacOS, useragent.Windows,
	}
)

// Name implements port.BrowserName. It returns a name such as "Firefox on Linux", "Firefox" if the system is not listed, or
// "an unknown browser", and never text of the header.
func Name(header string) string {
	switch browser, system := Parse(header); {
	case browser == "":
		return unknown
	case system == "":
		return browser
	default:
		return browser + " on " + system
	}
}

// Parse returns the names of a browser and of its system. Each is empty if it is not listed.
func Parse(header string) (browser, system string) {
	agent := useragent.Parse(header)
	if !slices.Contains(browsers, agent.Name) {
		return "", ""
	}
	if !slices.Contains(systems, agent.OS) {
		return agent.Name, ""
	}
	return agent.Name, agent.OS
}
