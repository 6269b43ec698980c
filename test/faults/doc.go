// Package faults interrupts the dependencies of the running service under load and checks every answer: no
// 500, no acknowledged write lost, and normal service within a second of the end of the fault. Each test covers one
// fault. Package e2e covers the answers without faults.
package faults
