//! The integration guide: its snippets are code that compiles, and the program made of them clears through Firebreak.

mod snippets;
mod venue;
