// Package platform is what concerns the deployment as a whole: its first org and owner,
// and the keys that seal what is secret at rest.
package platform
