// Package earlier moves the orgs and accounts of the earlier service, which was written in Python, into this one.
//
// The rules say what becomes of each setting, role and account. They decide without any I/O.
package earlier
