//! Tests that need a whole group, and the group they need.

pub mod fixture;
mod plan;
