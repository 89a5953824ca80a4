//! What only a bank can show. One test is one bank.

mod batches;
mod compute_units;
mod failures;
mod growth;
mod life;
mod time;
