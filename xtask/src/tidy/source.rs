//! A Rust file, seen three ways: the lines as written, the code in them, and which of them are tests.

/// One file, line by line; all vectors have the same length.
pub struct Source<'a> {
    /// As written.
    pub lines: Vec<&'a str>,
    /// With comments and the contents of strings and character literals replaced by spaces.
    pub code: Vec<String>,
    /// Part of a test: in a test file, or in an item under `#[cfg(test)]` or `#[test]`.
    pub is_test: Vec<bool>,
}

impl<'a> Source<'a> {
    pub fn new(path: &str, text: &'a str) -> Self {
        let lines: Vec<_> = text.lines().collect();
        let masked = mask(text);
        let code: Vec<_> = masked.lines().map(String::from).collect();
        let is_test = if is_test_file(path) { vec![true; lines.len()] } else { test_lines(&code) };
        Self { lines, code, is_test }
    }

    /// The lines of code outside tests, numbered from 0.
    pub fn product_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.iter().enumerate().filter(|(index, _)| !self.is_test[*index]);
        lines.map(|(index, line)| (index, line.as_str()))
    }

    /// The last line of the item that starts at `first`: its closing brace, or the semicolon that ends it.
    pub fn item_end(&self, first: usize) -> usize {
        item_end(&self.code, first)
    }
}

fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "benches") && !path.contains("/src/")
        || path.ends_with("/tests.rs")
        // A module of tests in files of its own.
        || path.split_once("/src/").is_some_and(|(_, inner)| inner.split('/').any(|part| part == "tests"))
}

fn test_lines(code: &[String]) -> Vec<bool> {
    let mut is_test = vec![false; code.len()];
    for (index, line) in code.iter().enumerate() {
        let line = line.trim();
        if line.starts_with("#[cfg(test)]")
            || line.starts_with("#[cfg(all(test")
            || line.starts_with("#[test]")
        {
            let end = item_end(code, index);
            is_test[index..=end].fill(true);
        }
    }
    is_test
}

fn item_end(code: &[String], first: usize) -> usize {
    let mut depth = 0i32;
    let mut was_open = false;
    for (index, line) in code.iter().enumerate().skip(first) {
        for character in line.chars() {
            match character {
                '{' => {
                    depth += 1;
                    was_open = true;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        let is_closed = was_open && depth <= 0;
        if is_closed || (!was_open && line.trim_end().ends_with(';')) {
            return index;
        }
    }
    code.len().saturating_sub(1)
}

/// What the scanner is inside of.
#[derive(Clone, Copy)]
enum State {
    Code,
    LineComment,
    BlockComment { depth: u32 },
    Text { hashes: Option<usize> },
}

/// Replaces comments and literals by spaces, keeping every line where it is.
fn mask(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut masked = String::with_capacity(text.len());
    let mut state = State::Code;
    let mut at = 0;
    while at < characters.len() {
        let (next, taken) = match state {
            State::Code => scan_code(&characters, at),
            State::LineComment if characters[at] == '\n' => (State::Code, 1),
            State::LineComment => (state, 1),
            State::BlockComment { depth } => scan_block_comment(&characters[at..], depth),
            State::Text { hashes } => scan_text(&characters[at..], hashes),
        };
        let is_code = matches!((state, next), (State::Code, State::Code)) && taken == 1;
        for character in &characters[at..(at + taken).min(characters.len())] {
            masked.push(if is_code || *character == '\n' { *character } else { ' ' });
        }
        state = next;
        at += taken;
    }
    masked
}

/// In code: what starts here, and how many characters belong to its start. A whole character literal is
/// taken at once and stays in code.
fn scan_code(characters: &[char], at: usize) -> (State, usize) {
    let rest = &characters[at..];
    match rest {
        ['/', '/', ..] => (State::LineComment, 2),
        ['/', '*', ..] => (State::BlockComment { depth: 1 }, 2),
        ['"', ..] => (State::Text { hashes: None }, 1),
        ['\'', '\\', _, ..] => {
            let end = rest.iter().skip(3).position(|character| *character == '\'').unwrap_or(0);
            (State::Code, end + 4)
        }
        ['\'', _, '\'', ..] => (State::Code, 3),
        ['r', tail @ ..] if at == 0 || !is_word(characters[at - 1]) || characters[at - 1] == 'b' => {
            let hashes = tail.iter().take_while(|character| **character == '#').count();
            if tail.get(hashes) == Some(&'"') {
                (State::Text { hashes: Some(hashes) }, hashes + 2)
            } else {
                (State::Code, 1)
            }
        }
        _ => (State::Code, 1),
    }
}

fn scan_block_comment(rest: &[char], depth: u32) -> (State, usize) {
    match rest {
        ['/', '*', ..] => (State::BlockComment { depth: depth + 1 }, 2),
        ['*', '/', ..] if depth == 1 => (State::Code, 2),
        ['*', '/', ..] => (State::BlockComment { depth: depth - 1 }, 2),
        _ => (State::BlockComment { depth }, 1),
    }
}

fn scan_text(rest: &[char], hashes: Option<usize>) -> (State, usize) {
    match (hashes, rest) {
        (None, ['\\', _, ..]) => (State::Text { hashes }, 2),
        (None, ['"', ..]) => (State::Code, 1),
        (Some(count), ['"', tail @ ..]) if tail.iter().take_while(|c| **c == '#').count() >= count => {
            (State::Code, count + 1)
        }
        _ => (State::Text { hashes }, 1),
    }
}

/// Characters that make up identifiers.
pub fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The identifiers, keywords and numbers of a line of code, with their byte positions.
pub fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character| !is_word(character)).filter(|word| !word.is_empty())
}
