//! The stock tool chain: set up once, in one folder, from package registries alone.
//!
//! The folder is `$SBF_HOME`, by default `~/.cache/sbf-toolchain`. Nothing else on the machine changes, root
//! is not needed, and an interrupted set-up continues where it stopped. It takes about two minutes.

use {
    super::{apt::Apt, std_source},
    crate::process::{command, find_on_path, output, run, say},
    anyhow::{bail, Context, Result},
    std::{
        env, fs,
        os::unix::fs::{symlink, PermissionsExt},
        path::{Path, PathBuf},
        process::Command,
    },
};

/// Turns LLVM bitcode into an sBPF program.
const LINKER_VERSION: &str = "0.2.6";
/// The first LLVM whose BPF back end passes more than five arguments and lowers 128-bit multiplication and
/// division to calls; the one inside rustc does neither.
const LLVM_MAJOR: &str = "23";
/// The Rust release the standard library's edits and the flags were tested with.
const RUST_RELEASE: &str = "1.95.";
/// Libraries of a Debian package, inside the folder it was unpacked to.
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";

pub struct Toolchain {
    home: PathBuf,
    rust_version: String,
}

/// What decides the output of this tool chain, as text for a fingerprint.
pub fn identity() -> Result<String> {
    Ok(format!("rust {} llvm {LLVM_MAJOR} sbpf-linker {LINKER_VERSION}", rust_version()?))
}

impl Toolchain {
    /// Sets up whatever is missing.
    pub fn prepare() -> Result<Self> {
        let toolchain = Self { home: home()?, rust_version: rust_version()? };
        let is_supported = cfg!(all(target_os = "linux", target_arch = "x86_64"));
        if !is_supported {
            bail!("the stock tool chain needs Linux on x86-64: install Agave's cargo-build-sbf instead");
        }
        toolchain.prepare_parts().context("the tool chain for on-chain programs could not be set up")?;
        Ok(toolchain)
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The program rustc calls to link.
    pub fn linker(&self) -> PathBuf {
        self.home.join("bin/sbf-ld")
    }

    /// The edited copy of the standard library.
    pub fn std_source(&self) -> PathBuf {
        std_source::folder(&self.home, &self.rust_version)
    }

    fn prepare_parts(&self) -> Result<()> {
        let bin = self.home.join("bin");
        fs::create_dir_all(&bin).with_context(|| format!("cannot create {}", bin.display()))?;
        // Two builds on one machine may both find the folder empty; the second waits here. The lock goes
        // with the file handle.
        let lock = fs::File::create(self.home.join("lock")).context("cannot create the lock file")?;
        lock.lock().context("cannot lock the tool chain's folder")?;
        std_source::prepare(&self.home, &self.rust_version)?;
        self.prepare_llvm()?;
        self.prepare_linker()?;
        self.write_linker_script()
    }

    /// LLVM as a shared library, with the C library it was built for, so that any host can load it.
    fn prepare_llvm(&self) -> Result<()> {
        let link = self.home.join("llvm/libLLVM.so");
        if link.exists() {
            return Ok(());
        }
        say(format_args!("fetching LLVM {LLVM_MAJOR} from Debian"));
        let apt = Apt::open(&self.home, &["sid"])?;
        let root = self.home.join("root");
        apt.unpack(&apt.closure(&format!("libllvm{LLVM_MAJOR}"))?, &root)?;
        let prefix = format!("libLLVM.so.{LLVM_MAJOR}");
        let libraries = root.join(LIBRARIES);
        let library = fs::read_dir(&libraries)
            .with_context(|| format!("cannot read {}", libraries.display()))?
            .flatten()
            .find(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
            .with_context(|| format!("the package holds no {prefix}"))?;
        let folder = self.home.join("llvm");
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        // A link that points nowhere is left from an interrupted set-up.
        let _ = fs::remove_file(&link);
        symlink(library.path(), &link).with_context(|| format!("cannot create {}", link.display()))
    }

    fn prepare_linker(&self) -> Result<()> {
        let installed = fs::read_to_string(self.home.join(".crates.toml")).unwrap_or_default();
        let is_installed = installed.contains(&format!("\"sbpf-linker {LINKER_VERSION} "));
        if is_installed && self.home.join("bin/sbpf-linker").exists() {
            return Ok(());
        }
        if find_on_path("cc").is_none() {
            bail!("there is no C compiler (cc) to build the linker with");
        }
        say(format_args!("building sbpf-linker {LINKER_VERSION} (a minute or two)"));
        let mut install = Command::new("cargo");
        install.args(["install", "--quiet", "--locked", "--force", "--root"]).arg(&self.home);
        install.arg(format!("sbpf-linker@{LINKER_VERSION}"));
        // Settings of the surrounding build are not meant for this one.
        run(install
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS"))
    }

    /// The linker must run on the C library that came with LLVM, which the host's may be too old for.
    fn write_linker_script(&self) -> Result<()> {
        let (path, home) = (self.linker(), self.home.display());
        let script = format!(
            "#!/bin/sh\n\
             home='{home}'\n\
             lib=\"$home/root/{LIBRARIES}\"\n\
             export LD_LIBRARY_PATH=\"$home/llvm\"\n\
             exec \"$lib/ld-linux-x86-64.so.2\" --library-path \"$lib\" \"$home/bin/sbpf-linker\" \"$@\"\n"
        );
        if fs::read_to_string(&path).is_ok_and(|present| present == script) {
            return Ok(());
        }
        fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
            .context("cannot make the linker executable")
    }
}

/// The tool chain's folder.
fn home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("SBF_HOME").filter(|home| !home.is_empty()) {
        return std::path::absolute(home).context("SBF_HOME is not a path");
    }
    let user = env::var_os("HOME").context("neither SBF_HOME nor HOME is set")?;
    Ok(Path::new(&user).join(".cache/sbf-toolchain"))
}

/// The version of the host's compiler, such as 1.95.0, if it is one this tool chain was tested with.
fn rust_version() -> Result<String> {
    let line = output(command("rustc").arg("--version"))?;
    let version = line.split_whitespace().nth(1).context("rustc does not tell its version")?;
    if !version.starts_with(RUST_RELEASE) {
        bail!("Rust {version} cannot build the programs: use {RUST_RELEASE}x (rust-toolchain.toml) or install Agave's cargo-build-sbf");
    }
    Ok(version.to_owned())
}
