//! What only the deployed program has, and a program that calls it does not: its heap, and whom to tell about holes.

#[cfg(all(target_os = "solana", feature = "custom-heap"))]
#[global_allocator]
static HEAP: sbf_builtins::heap::Heap = sbf_builtins::heap::Heap::of_program();

solana_security_txt::security_txt! {
    name: "Firebreak",
    project_url: "see SECURITY.md of the source",
    contacts: "other:private vulnerability report of the source repository",
    policy: "see SECURITY.md of the source",
    preferred_languages: "en",
    auditors: "none yet"
}
