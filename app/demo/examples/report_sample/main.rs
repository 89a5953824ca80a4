//! Writes the page of an invented run, to look at it: `cargo run -p firebreak-demo --example report_sample -- out.html`.
//! Prints the end table of the same run.

mod synthetic;

use {
    anyhow::{Context, Result},
    firebreak_demo::scenario::ScenarioId,
    std::{env, fs},
};

fn main() -> Result<()> {
    let path = env::args().nth(1).unwrap_or_else(|| "report_sample.html".to_owned());
    let report = synthetic::report(ScenarioId::default(), 7)?;
    fs::write(&path, report.to_html()?).with_context(|| format!("cannot write {path}"))?;
    println!("{}", firebreak_demo::end_table::render(&report));
    Ok(())
}
