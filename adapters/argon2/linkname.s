// This empty assembly file lets the compiler accept the functions without a body in derive.go. The linker finds them in
// golang.org/x/crypto/argon2.
