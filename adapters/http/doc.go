// Package http is the REST API. It uses Fiber as the server and Huma for the OpenAPI document, and answers
// every failure with a problem document. Each resource has a file with its routes, bodies and handlers;
// resources.go lists the resources. A handler decodes the request, calls one use case and encodes the result.
// Rules of the product are in the domain and the use cases.
package http
