package media_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/media"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var _ port.MediaOf = media.Type

func zipped(t *testing.T, names ...string) string {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range names {
		_, err := w.Create(name)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return archive.String()
}

func TestTheTypeIsDetectedByContent(t *testing.T) {
	for _, c := range []struct{ content, media string }{
		{"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"},
		{"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"},
		{"GIF89a", "image/gif"},
		{"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"},
		{"%PDF-1.7\n", "application/pdf"},
		{"plain words\n", "text/plain"},
		{"Grüße\n", "text/plain"},
		{"\ufeffGrüße\n", "text/plain"},
		{`{"a":1}`, "application/json"},
		{zipped(t, "a.txt"), "application/zip"},
		{zipped(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml"),
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"<!DOCTYPE html><html>", "text/html"},
		{"  <script>alert(1)</script>", "text/html"},
		{`<svg xmlns="http://www.w3.org/2000/svg"></svg>`, "image/svg+xml"},
		{`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, "image/svg+xml"},
		{"\x7fELF\x02\x01\x01", "application/x-elf"},
		{"#!/usr/bin/env python\n", "text/x-python"},
		{"\x00\x01\x02\x03", "application/octet-stream"},
	} {
		require.Equal(t, c.media, media.Type([]byte(c.content)), "%.30q", c.content)
	}
}

// TestATextThatIsCutInsideACharacterIsText: the head of a text may end within a character.
func TestATextThatIsCutInsideACharacterIsText(t *testing.T) {
	for shift := range 4 {
		text := strings.Repeat("x", shift) + strings.Repeat("ü", domain.FileHead)
		require.Equal(t, "text/plain", media.Type([]byte(text[:domain.FileHead])))
	}
}
