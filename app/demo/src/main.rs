//! The demonstration's binary.

fn main() {}
