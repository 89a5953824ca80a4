//! Rules for Rust files.

use super::{
    files::Report,
    source::{words, Source},
};

const FILE_LINES_HARD: usize = 500;
const FILE_LINES_SOFT: usize = 400;
const LIB_LINES: usize = 300;
const FUNCTION_LINES: usize = 70;

/// Files between the soft and the hard limit, each with the reason why splitting it would make it worse.
const LONG_FILES: [&str; 0] = [];

/// Applies every rule for Rust files.
pub fn check_all(path: &str, source: &Source, report: &mut Report) {
    file_length(path, source, report);
    function_length(source, report);
    attributes(source, report);
    open_tasks(source, report);
    if path.starts_with("app/") && path.contains("/src/") {
        panicking_accessors(source, report);
    }
    if path.starts_with("crates/risk/src/") {
        numeric_casts(source, report);
    }
    if path.starts_with("crates/risk/src/") || (path.starts_with("programs/") && path.contains("/src/")) {
        floats(source, report);
    }
}

/// Long files hide what they are about.
fn file_length(path: &str, source: &Source, report: &mut Report) {
    let lines = source.lines.len();
    if lines > FILE_LINES_HARD {
        report(0, format!("{lines} lines; the hard limit is {FILE_LINES_HARD}"));
    } else if lines > FILE_LINES_SOFT && !LONG_FILES.contains(&path) {
        report(0, format!("{lines} lines; the limit is {FILE_LINES_SOFT}"));
    }
    if path.ends_with("/lib.rs") && lines > LIB_LINES {
        report(0, format!("{lines} lines; the limit for lib.rs is {LIB_LINES}"));
    }
}

/// A function that does not fit a screen cannot be reviewed at once.
fn function_length(source: &Source, report: &mut Report) {
    for (index, line) in source.code.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let lines = source.item_end(index) + 1 - index;
        if lines > FUNCTION_LINES {
            report(index + 1, format!("`{name}` has {lines} lines; the limit is {FUNCTION_LINES}"));
        }
    }
}

/// The name of the function whose definition starts on this line.
fn function_name(code: &str) -> Option<&str> {
    let mut rest = code.trim_start();
    if let Some(after) = rest.strip_prefix("pub(") {
        rest = after.split_once(") ")?.1;
    }
    loop {
        let (word, after) = rest.split_once(' ')?;
        match word {
            "fn" => return words(after).next(),
            "pub" | "const" | "async" | "unsafe" | "extern" | "default" => rest = after.trim_start(),
            // The masked name of a calling convention, of which only blanks are left, was trimmed already.
            _ => return None,
        }
    }
}

/// A test that does not run, or that passes on any panic, proves nothing.
fn attributes(source: &Source, report: &mut Report) {
    for (index, line) in source.code.iter().enumerate() {
        let line = line.trim_start();
        for attribute in ["ignore", "should_panic"] {
            let is_used = line.strip_prefix("#[").is_some_and(|rest| words(rest).next() == Some(attribute));
            if is_used {
                report(index + 1, format!("#[{attribute}] is not used here"));
            }
        }
    }
}

/// Open work belongs to an issue, where it can be found.
fn open_tasks(source: &Source, report: &mut Report) {
    // In two parts, so that this file does not contain the word.
    let marker = concat!("TO", "DO");
    for (index, line) in source.lines.iter().enumerate() {
        for (start, _) in line.match_indices(marker) {
            if !line[start + marker.len()..].starts_with("(#") {
                report(index + 1, format!("{marker} without an issue number"));
            }
        }
    }
}

/// A keeper that panics stops liquidating.
fn panicking_accessors(source: &Source, report: &mut Report) {
    for (index, line) in source.product_code() {
        for call in [".unwrap()", ".expect("] {
            if line.contains(call) {
                report(index + 1, format!("{call} outside tests; return the error"));
            }
        }
    }
}

/// An `as` that truncates or changes sign is silent, so each one carries its reason.
fn numeric_casts(source: &Source, report: &mut Report) {
    const NUMBERS: [&str; 14] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64",
    ];
    for (index, line) in source.product_code() {
        let all: Vec<_> = words(line).collect();
        let is_cast = all.windows(2).any(|pair| pair[0] == "as" && NUMBERS.contains(&pair[1]));
        if is_cast && !has_reason(source, index) {
            report(index + 1, "numeric `as` without an `as-safety:` comment".to_owned());
        }
    }
}

/// The reason is on the same line or in the comment directly above.
fn has_reason(source: &Source, index: usize) -> bool {
    let above = source.lines[..index].iter().rev().take_while(|line| line.trim_start().starts_with("//"));
    std::iter::once(&source.lines[index]).chain(above).any(|line| line.contains("as-safety:"))
}

/// The same input must give the same result on every machine, and the VM has no floating point.
fn floats(source: &Source, report: &mut Report) {
    for (index, line) in source.product_code() {
        if let Some(float) = words(line).find(|word| matches!(*word, "f32" | "f64")) {
            report(index + 1, format!("{float} outside tests"));
        }
    }
}
