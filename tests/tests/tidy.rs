//! The house style, checked with every test run; the rules are in `xtask/src/tidy`.

use std::path::Path;

#[test]
fn every_file_keeps_the_house_style() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let violations = xtask::tidy::check(&root).expect("the files of the workspace can be read");
    let report: String = violations.iter().map(|violation| format!("{violation}\n")).collect();
    assert!(violations.is_empty(), "{} violations of the house style:\n{report}", violations.len());
}
