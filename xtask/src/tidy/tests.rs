//! Every rule sees what it forbids and leaves its neighbours alone.

use super::*;

/// The rules broken by a file, without path and line.
fn broken(path: &str, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    check_file(path, text.as_bytes(), &mut violations);
    violations.into_iter().map(|violation| violation.rule).collect()
}

/// How many rules are broken.
fn count(path: &str, text: &str) -> usize {
    broken(path, text).len()
}

#[test]
fn long_files_are_reported() {
    assert_eq!(count("app/x/src/a.rs", &"\n".repeat(400)), 0);
    assert_eq!(broken("app/x/src/a.rs", &"\n".repeat(401)), ["401 lines; the limit is 400"]);
    assert_eq!(broken("app/x/src/a.rs", &"\n".repeat(501)), ["501 lines; the hard limit is 500"]);
    assert_eq!(broken("app/x/src/lib.rs", &"\n".repeat(301)), ["301 lines; the limit for lib.rs is 300"]);
}

#[test]
fn long_functions_are_reported_whatever_stands_before_fn() {
    for start in [
        "fn",
        "pub fn",
        "pub(crate) fn",
        "pub(in crate::a) const fn",
        "pub unsafe extern \"C\" fn",
        "async fn",
    ] {
        let of_length = |lines: usize| {
            format!("    {start} f(\n    ) {{\n{}    }}\n", "        a();\n".repeat(lines - 3))
        };
        assert_eq!(count("xtask/src/a.rs", &of_length(70)), 0, "{start}");
        assert_eq!(
            broken("xtask/src/a.rs", &of_length(71)),
            ["`f` has 71 lines; the limit is 70"],
            "{start}"
        );
    }
}

#[test]
fn braces_in_text_and_comments_do_not_end_a_function() {
    let body = "    a(\"}\", '}', '\\'', b'}', r#\"}\"}\"#); // }\n    /* } /* } */ */\n    let x: &'static str = y;\n";
    let text = format!("fn f() {{\n{body}{}}}\n", "    a();\n".repeat(70));
    assert_eq!(broken("xtask/src/a.rs", &text), ["`f` has 75 lines; the limit is 70"]);
}

#[test]
fn functions_without_a_body_have_no_length() {
    let text = format!("trait T {{\n    fn f();\n{}}}\n", "    type A;\n".repeat(80));
    assert_eq!(count("xtask/src/a.rs", &text), 0);
}

#[test]
fn panicking_accessors_are_for_tests() {
    let call = "fn f() {\n    a.unwrap();\n    b.expect(\"c\");\n}\n";
    assert_eq!(count("app/keeper/src/a.rs", call), 2);
    assert_eq!(count("app/keeper/src/a.rs", "fn f() {\n    a.unwrap_or(0); // not .unwrap()\n}\n"), 0);
    assert_eq!(count("app/keeper/src/a.rs", &format!("#[cfg(test)]\nmod tests {{\n    {call}}}\n")), 0);
    assert_eq!(count("app/keeper/src/a/tests.rs", call), 0);
    assert_eq!(count("app/keeper/tests/a.rs", call), 0);
    assert_eq!(count("xtask/src/a.rs", call), 0);
    // What follows a test module is product code again.
    assert_eq!(count("app/keeper/src/a.rs", &format!("#[cfg(test)]\nmod tests;\n{call}")), 2);
}

#[test]
fn numeric_casts_in_the_risk_crate_carry_a_reason() {
    assert_eq!(count("crates/risk/src/a.rs", "let x = y as u64;\n"), 1);
    assert_eq!(count("crates/risk/src/a.rs", "let x = y as u64; // as-safety: y < 5\n"), 0);
    assert_eq!(count("crates/risk/src/a.rs", "// as-safety: y is\n// below 5\nlet x = y as u64;\n"), 0);
    assert_eq!(
        count("crates/risk/src/a.rs", "// as-safety: y < 5\nlet x = y as u64;\nlet z = x as i8;\n"),
        1
    );
    assert_eq!(count("crates/risk/src/a.rs", "use a as b;\nlet s = \"y as u64\";\n"), 0);
    assert_eq!(count("crates/interface/src/a.rs", "let x = y as u64;\n"), 0);
}

#[test]
fn floats_are_for_tests() {
    assert_eq!(count("programs/firebreak/src/a.rs", "let x: f64 = y;\n"), 1);
    assert_eq!(count("crates/risk/src/a.rs", "fn f(x: f32) {}\n"), 1);
    assert_eq!(
        count("crates/risk/src/a.rs", "// f64 would do\n#[cfg(test)]\nmod tests {\n    fn f(x: f64) {}\n}\n"),
        0
    );
    assert_eq!(count("app/demo/src/a.rs", "let x: f64 = y;\n"), 0);
}

#[test]
fn silenced_tests_and_open_tasks_are_reported() {
    assert_eq!(broken("tests/tests/a.rs", "#[ignore = \"slow\"]\n"), ["#[ignore] is not used here"]);
    assert_eq!(broken("tests/tests/a.rs", "#[should_panic]\n"), ["#[should_panic] is not used here"]);
    let marker = concat!("TO", "DO");
    assert_eq!(count("tests/tests/a.rs", &format!("// {marker}: later\n")), 1);
    assert_eq!(count("tests/tests/a.rs", &format!("// {marker}(#12): later\n")), 0);
}

#[test]
fn hosts_and_machine_paths_are_reported_in_every_file() {
    let host = concat!("deb.", "debian.org");
    assert_eq!(count("README.md", &format!("from {host}\n")), 1);
    assert_eq!(count("Cargo.lock", &format!("from {host}\n")), 0);
    let folder = concat!("/wo", "rk/main");
    assert_eq!(count("README.md", &format!("in {folder}\n")), 1);
    assert_eq!(count("README.md", &format!("in target{folder}\n")), 0);
}

#[test]
fn binaries_keys_and_editor_files_are_reported() {
    assert_eq!(count("a/b.so", "text"), 1);
    assert_eq!(count("a/b.bin", "\0"), 1);
    assert_eq!(count(".vscode/settings.json", "{}"), 1);
    let key = format!("[{}]", vec!["7"; 64].join(", "));
    assert_eq!(count("a/b.json", &key), 1);
    assert_eq!(count("a/b.json", "[1, 2]"), 0);
    assert_eq!(count("a/x-keypair.json", "{}"), 1);
}
