//! Writes accounts of the older oracle programs, with what they say, for the tests of Firebreak's adapters.
//!
//! `oracle-golden` writes `pyth_classic.json` and `switchboard_v2.json` into `tests/vectors` of the current folder;
//! `oracle-golden --check` compares them with what it would write.

mod aggregator;
mod classic;
mod vectors;

use anyhow::{bail, Context, Result};
use std::{env, fs, path::Path};

const FOLDER: &str = "tests/vectors";

fn main() -> Result<()> {
    let is_check = match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [only] if only == "--check" => true,
        _ => bail!("usage: oracle-golden [--check]"),
    };
    let files = [("pyth_classic.json", classic::vectors()?), ("switchboard_v2.json", aggregator::vectors()?)];
    for (name, vectors) in files {
        let (path, text) = (Path::new(FOLDER).join(name), vectors::to_json(&vectors)?);
        if !is_check {
            fs::create_dir_all(FOLDER).with_context(|| format!("cannot create {FOLDER}"))?;
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        } else if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            bail!("{} differs: run `cargo xtask oracle-golden` and commit", path.display());
        }
        println!(
            "{}: {} vectors {}",
            path.display(),
            vectors.len(),
            if is_check { "agree" } else { "written" }
        );
    }
    Ok(())
}
