//! The compiler and linker flags of the stock tool chain, with the reason for each.
//!
//! Everything here was found by running programs on the VM. A flag that looks redundant is not: remove one
//! only with the arithmetic test and a whole program at hand.

use {
    super::toolchain::Toolchain,
    crate::process::workspace_root,
    std::{env, path::PathBuf, process::Command},
};

/// Name of the target, which cargo takes from the description file's name.
const TARGET: &str = "sbf-solana";

/// Symbols that only appear as callees in the last optimisation pass, after the linker has decided what is
/// used; without an explicit export they would be gone by then. The 128-bit ones are defined in
/// `sbf-builtins`, the floating-point ones (formatting code mentions them) in its dependency.
const HELPERS: [&str; 14] = [
    "__multi3",
    "__udivti3",
    "__umodti3",
    "__divti3",
    "__modti3",
    "__adddf3",
    "__subdf3",
    "__negdf2",
    "__muldf3",
    "__divdf3",
    "__floatundidf",
    "__fixunsdfdi",
    "__gedf2",
    "__gtdf2",
];

/// The target description. Architecture `bpf` under the operating system `zkvm`, because the standard
/// library's zkvm port has neither threads nor files and compiles for the VM unchanged.
pub fn target_file() -> PathBuf {
    workspace_root().join("xtask/sbf").join(TARGET).with_extension("json")
}

/// Where cargo leaves the programs.
pub fn output_folder() -> PathBuf {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace_root().join("target"), PathBuf::from);
    target.join(TARGET).join("release")
}

/// Flags for every crate compiled for the VM, the standard library included.
pub fn rustflags() -> Vec<String> {
    let fixed = [
        // The panic machinery needs writable statics, which the loader refuses. A panic becomes an abort
        // without a message, which costs nothing: errors are `Result`s with codes.
        "-Zunstable-options",
        "-Cpanic=immediate-abort",
        "-Crelocation-model=static",
        "-Ctarget-cpu=v4",
        // The VM allows unaligned access, which saves a tenth of a program. Told to the linker, which generates
        // the code; told to rustc it has the same effect and a warning for every crate.
        "-Clink-arg=--cpu-features=+allows-misaligned-mem-access",
        // The VM has one thread: atomic operations become plain loads and stores.
        "-Cpasses=lower-atomic",
        // Comparisons of keys and discriminators become comparisons of words before the last link rather than after it, which
        // then chooses among all instructions of a program in six steps instead of one after the other.
        "-Cpasses=expand-memcmp",
        "-Clink-arg=--arch=v3",
        // The linker would otherwise also write to a folder relative to where it happens to run.
        "-Clink-arg=--deploy=false",
        // The runtime's stack frame is 4 KB. A larger one is a link error, which is wanted: on the VM it
        // would write into the neighbour's frame.
        "-Clink-arg=--llvm-args=-bpf-stack-size=4096",
        // Longer copies become calls of the runtime's memory functions.
        "-Clink-arg=--llvm-args=--bpf-max-stores-per-memfunc=5",
        // Anchor's account checks and errors are the same few dozen functions a thousand times over. The compiler inlines by
        // less than half of the usual measure (what is on a hot path says so), at the last link nothing more is inlined, and
        // what is equal is merged. Together that is two fifths of the program, for about 4 % more compute units, the heap
        // included.
        "-Cllvm-args=-inline-threshold=90",
        "-Clink-arg=--llvm-args=-inline-threshold=0",
        "-Clink-arg=--llvm-args=-inlinehint-threshold=40",
        "-Clink-arg=--llvm-args=-enable-merge-functions",
        // Instructions of newer BPF that sBPF v3 does not have.
        "-Clink-arg=--llvm-args=--disable-gotox",
        "-Clink-arg=--llvm-args=--disable-ldsx",
        "-Clink-arg=--llvm-args=--disable-movsx",
        "-Clink-arg=--llvm-args=--disable-bswap",
        // Solana's crates choose their on-chain half by this, and system calls are called by hash.
        "--cfg=target_os=\"solana\"",
        "--cfg=target_feature=\"static-syscalls\"",
        "-Aexplicit_builtin_cfgs_in_flags",
    ];
    let mut flags: Vec<String> = fixed.map(String::from).into();
    flags.push(format!("-Clink-arg=--export={}", HELPERS.join(",")));
    flags
}

/// Libraries that are built as Agave's tool chain ships them, without the overflow checks that the programs themselves have:
/// every borrow of an account and every account that is let go would pay for them. Cargo warns that the workspace has no
/// such packages.
const UNCHECKED: [&str; 2] = ["core", "alloc"];

/// Turns a `cargo build` into a build for the VM.
pub fn apply(command: &mut Command, toolchain: &Toolchain) {
    command.arg("--target").arg(target_file());
    command.args(["-Zjson-target-spec", "-Zbuild-std=std"]);
    for library in UNCHECKED {
        command.arg("--config").arg(format!("profile.release.package.{library}.overflow-checks=false"));
    }
    // Flags of the surrounding environment are meant for the host, and cargo would use them instead of the
    // target's.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.env("CARGO_TARGET_SBF_SOLANA_RUSTFLAGS", rustflags().join(" "));
    command.env("CARGO_TARGET_SBF_SOLANA_LINKER", toolchain.linker());
    // A stable compiler that may use unstable options, and a synthetic target on which the standard library
    // is not marked as unsupported.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC_BOOTSTRAP_SYNTHETIC_TARGET", "1");
    // The private, patched copy of the standard library.
    command.env("__CARGO_TESTS_ONLY_SRC_ROOT", toolchain.std_source());
}
