//! What only a bank can show. One test is one bank.

mod growth;
