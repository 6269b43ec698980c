package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// row is one line of the result: a case in one setting.
type row struct {
	Case        string `json:"case"`
	Deployment  string `json:"deployment"`
	Accounts    int    `json:"accounts"`
	Replicas    int    `json:"replicas"`
	Connections int    `json:"connections"`
}

// The defaults of a row.
const (
	usualConnections = 16
	fewAccounts      = 1000
	manyAccounts     = 1_000_000
)

// base returns the row that this row is compared with, and a name for it. A row with many accounts is compared with few accounts,
// a row with several replicas with one replica, and a case that has a base with that case. Any other row is compared with its floor;
// then base is the row itself.
func (r row) base() (base row, name string) {
	base = r
	switch {
	case r.Replicas > 1:
		base.Replicas = 1
		return base, "one replica"
	case r.Accounts > fewAccounts:
		base.Accounts = fewAccounts
		return base, "1,000 accounts"
	}
	if s, err := scenarioNamed(r.Case); err == nil && s.base != "" {
		base.Case = s.base
		return base, s.base
	}
	return base, "floor"
}

// place returns where the row is measured.
func (r row) place() place { return place{deployment: r.Deployment, accounts: r.Accounts} }

// choice is the part of the command line that chooses rows. If all lists are empty, the usual plan is measured.
type choice struct {
	cases, deployments              []string
	accounts, replicas, connections []int
}

// plan returns the rows of a choice. Without a choice it returns usualPlan.
func (c choice) plan() ([]row, error) {
	if c.usual() {
		return usualPlan(), nil
	}
	var rows []row
	for _, name := range either(c.cases, caseNames()...) {
		if _, err := scenarioNamed(name); err != nil {
			return nil, err
		}
		for _, deployment := range either(c.deployments, onServers) {
			for _, accounts := range either(c.accounts, fewAccounts) {
				for _, replicas := range either(c.replicas, 1) {
					for _, connections := range either(c.connections, usualConnections) {
						rows = append(rows, row{
							Case: name, Deployment: deployment, Accounts: accounts, Replicas: replicas, Connections: connections,
						})
					}
				}
			}
		}
	}
	return rows, check(rows)
}

// usual reports whether nothing was chosen.
func (c choice) usual() bool {
	return len(c.cases)+len(c.deployments)+len(c.accounts)+len(c.replicas)+len(c.connections) == 0
}

func check(rows []row) error {
	for _, r := range rows {
		switch {
		case r.Deployment != onServers && r.Deployment != embedded:
			return fmt.Errorf("no deployment has the name %s: write %s or %s", r.Deployment, onServers, embedded)
		case r.Deployment == embedded && (r.Replicas > 1 || r.Accounts > fewAccounts):
			return errors.New("the embedded deployment is measured with one replica and 1,000 accounts only")
		case r.Replicas < 1 || r.Connections < 1 || r.Accounts < fewAccounts:
			return fmt.Errorf("at least one replica, one connection and %d accounts are needed", fewAccounts)
		case r.Replicas > 1 && r.Accounts > fewAccounts:
			return errors.New("several replicas are measured with 1,000 accounts only")
		case r.Connections > fewAccounts:
			return fmt.Errorf("at most %d connections have a session each", fewAccounts)
		}
	}
	return nil
}

// usualPlan returns all cases in both deployments, and for each other dimension the cases that it affects most.
func usualPlan() (rows []row) {
	add := func(change func(*row), names ...string) {
		for _, name := range names {
			r := row{Case: name, Deployment: onServers, Accounts: fewAccounts, Replicas: 1, Connections: usualConnections}
			change(&r)
			rows = append(rows, r)
		}
	}
	add(func(*row) {}, caseNames()...)
	for _, connections := range []int{1, 64, 512} {
		add(func(r *row) { r.Connections = connections }, "me")
	}
	add(func(r *row) { r.Replicas = 3 }, "me", "refresh")
	add(func(r *row) { r.Deployment = embedded }, caseNames()...)
	add(func(r *row) { r.Accounts = manyAccounts }, "me", "sign-in", "page", "search")
	return rows
}

func caseNames() (names []string) {
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}

// either returns the chosen values, or the defaults without any.
func either[T cmp.Ordered](chosen []T, defaults ...T) []T {
	if len(chosen) == 0 {
		return defaults
	}
	return slices.Clone(chosen)
}
