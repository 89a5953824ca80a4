//! `cargo xtask bench`: measures compute units and rewrites the committed table.

use {
    crate::{
        process::{self, cargo},
        sbf, system,
    },
    anyhow::Result,
};

/// Runs the test that owns the table in the mode in which it writes the table instead of comparing with it.
pub fn run() -> Result<()> {
    system::ensure()?;
    sbf::run(&sbf::Args::default())?;
    process::run(
        cargo(["test", "--workspace", "--test", "compute_units", "--", "--nocapture"])
            .env("FIREBREAK_CU_WRITE", "1"),
    )
}
