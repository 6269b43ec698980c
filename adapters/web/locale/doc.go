// Package locale is the catalogue of all texts of the pages, in every language that they are shown in.
//
// A language is a folder below texts, named by its tag; every JSON file in it is an area of texts. A key begins with the
// name of its file: "signin.title" is in signin.json. A text is a string, or an object with the plural forms of the
// language, of which the value "count" chooses one. {name} stands for a value.
//
// The file language.json says how the language is written: its name, its direction, its dates and durations. The file
// errors.json translates the messages of the domain, with the English message as the key.
package locale
