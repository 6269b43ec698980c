// Package chart tests the Helm chart in deploy/helm/sole with Helm's own code, the validation of the API server of Kubernetes, and
// the program itself. It is a module of its own, so that none of this is a dependency of the product.
package chart
