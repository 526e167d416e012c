//go:build race

package spent

const slowdown = 5
