// Package browser lets tests use pages in a real browser as a person does: with clicks, keys and typed text.
//
// It runs one headless Chromium per test process, started by the first test that opens a tab and stopped by [harness.Main]. Each
// [Tab] has cookies of its own, so that tests run in parallel. A tab fails its test for anything that goes wrong unseen: errors
// and warnings in the console, violations of the content security policy, requests to other origins, answers 500 and above. See
// [Tab.ExpectFault].
//
// The browser is SOLE_TEST_BROWSER, or the first found of chromium-headless-shell, chromium and google-chrome. Without one, or
// with SOLE_TEST_BROWSER=off, tests are skipped with the reason. SOLE_TEST_REQUIRE_BROWSER=1 makes a missing browser a failure.
// With SOLE_TEST_SCREENSHOTS=FOLDER, each tab of a failed test leaves a picture there.
//
// Selectors are those of CSS. `text=Sign in` selects the link, button, label or summary that shows this text or is labelled so.
package browser
