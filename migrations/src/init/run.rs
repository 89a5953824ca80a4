//! Carrying a plan out.

use anyhow::Result;

use super::{Plan, Todo};
use crate::chain::Chain;

/// How many steps of a plan were done, and how many there was nothing to do for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Done by this run.
    pub done: usize,
    /// Done before.
    pub found: usize,
}

/// Does what is to be done, one step after the other: most steps need those before them.
///
/// # Errors
/// With the step that failed; those before it stay done, and the next run goes on from there.
pub async fn execute(chain: &Chain, plan: &Plan, say: impl Fn(&str)) -> Result<Report> {
    let mut report = Report::default();
    for step in &plan.steps {
        match &step.todo {
            Todo::Nothing => {
                report.found += 1;
                say(&format!("{}: there", step.what));
                continue;
            }
            Todo::Send(instruction) => chain.land(&step.what, std::slice::from_ref(instruction), &[]).await?,
            Todo::Write { key, account } => chain.write_account(key, account).await?,
        }
        report.done += 1;
        say(&format!("{}: done", step.what));
    }
    Ok(report)
}
