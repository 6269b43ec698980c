// Package platform is what concerns the deployment as a whole: its first org and owner.
package platform
