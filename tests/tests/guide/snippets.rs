//! The Rust snippets of docs/INTEGRATION.md against the marked regions of the program that they come from.

use std::collections::BTreeMap;

const GUIDE: &str = include_str!("../../../docs/INTEGRATION.md");
/// The guide's program, and the test that asks first: that needs no program.
const SOURCES: &str =
    concat!(include_str!("../../programs/guide-venue/src/clearing.rs"), include_str!("venue.rs"));

/// Regions of a source from `// guide: NAME` to `// guide: end`, without their common indentation. Regions of one name
/// follow each other, separated by a blank line.
fn regions(source: &str) -> BTreeMap<String, String> {
    let mut regions: BTreeMap<String, String> = BTreeMap::new();
    let mut open: Option<(String, Vec<&str>)> = None;
    for line in source.lines() {
        match line.trim().strip_prefix("// guide: ") {
            Some("end") => {
                let (name, lines) = open.take().expect("an end has a beginning");
                let text = regions.entry(name).or_default();
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&without_indentation(&lines));
            }
            Some(name) => {
                assert!(open.is_none(), "{name} begins inside another region");
                open = Some((name.to_owned(), Vec::new()));
            }
            None => {
                if let Some((_, lines)) = &mut open {
                    lines.push(line);
                }
            }
        }
    }
    assert!(open.is_none(), "the last region has no end");
    regions
}

fn without_indentation(lines: &[&str]) -> String {
    let written = lines.iter().filter(|line| !line.trim().is_empty());
    let indent = written.map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    lines.iter().map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n").collect()
}

/// Blocks of Rust in a Markdown text, with the name in the comment directly above.
fn snippets(markdown: &str) -> Vec<(Option<&str>, String)> {
    let mut found = Vec::new();
    let mut lines = markdown.lines();
    let mut above = "";
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```rust") {
            let name = above.strip_prefix("<!-- guide: ").and_then(|rest| rest.strip_suffix(" -->"));
            let body = lines.by_ref().take_while(|line| !line.starts_with("```"));
            found.push((name, body.map(|line| line.to_owned() + "\n").collect()));
        }
        above = line;
    }
    found
}

#[test]
fn every_snippet_of_the_guide_is_code_of_the_guide_venue() {
    let mut regions = regions(SOURCES);
    let snippets = snippets(GUIDE);
    assert!(!snippets.is_empty());
    for (name, text) in &snippets {
        let name = name.unwrap_or_else(|| panic!("a snippet without a name cannot be compared:\n{text}"));
        let region = regions.remove(name).unwrap_or_else(|| panic!("no region, or a second snippet: {name}"));
        assert_eq!(*text, region, "`{name}`: the guide (left) and the program (right)");
    }
    assert!(regions.is_empty(), "regions that are not in the guide: {:?}", regions.keys());
}

#[test]
fn indentation_is_taken_off_and_regions_of_a_name_are_joined() {
    let source = "x\n    // guide: a\n    one\n\n        two\n    // guide: end\ny\n// guide: a\nthree\n// guide: end\n";
    let expected = BTreeMap::from([("a".to_owned(), "one\n\n    two\n\nthree\n".to_owned())]);
    assert_eq!(regions(source), expected);
}

#[test]
fn snippets_are_found_with_and_without_a_name() {
    let markdown = "a\n<!-- guide: b -->\n```rust\none\n```\n\n```rust\ntwo\n```\n```text\nthree\n```\n";
    assert_eq!(snippets(markdown), [(Some("b"), "one\n".to_owned()), (None, "two\n".to_owned())]);
}
