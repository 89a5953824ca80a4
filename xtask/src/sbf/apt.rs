//! A private apt world: Debian packages without root and without changing the machine.
//!
//! apt is told to keep its lists, cache and state in one folder and to know only the suites asked for, from
//! whichever Debian mirror the machine itself is set up with. Packages are unpacked, never installed.

use {
    crate::process::{find_on_path, output},
    anyhow::{bail, Context, Result},
    std::{
        fs,
        path::{Path, PathBuf},
        process::Command,
    },
};

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// What every message ends with: the way out that always works.
const OTHERWISE: &str = "or install Agave's cargo-build-sbf instead";

pub struct Apt {
    folder: PathBuf,
    options: Vec<String>,
}

impl Apt {
    /// Sets the private world up for these suites and fetches their package lists.
    pub fn open(home: &Path, suites: &[&str]) -> Result<Self> {
        for program in ["apt-get", "apt-cache", "dpkg"] {
            if find_on_path(program).is_none() {
                bail!("{program} is not on the PATH and LLVM 23 comes as a Debian package: run on Debian, {OTHERWISE}");
            }
        }
        if !Path::new(KEYRING).exists() {
            bail!("Debian's signing keys are missing: install debian-archive-keyring, {OTHERWISE}");
        }
        let mirror = mirror().with_context(|| {
            format!("this machine has no Debian mirror in /etc/apt: set one up, {OTHERWISE}")
        })?;
        let folder = home.join("apt");
        for sub in ["lists/partial", "cache/archives/partial", "etc"] {
            let path = folder.join(sub);
            fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        }
        let sources: String =
            suites.iter().map(|suite| format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n")).collect();
        fs::write(folder.join("etc/sources.list"), sources).context("cannot write apt's source list")?;
        fs::write(folder.join("status"), "").context("cannot write apt's status")?;
        let apt = Self { options: options(&folder), folder };
        output(apt.command("apt-get").args(["-qq", "update", "--error-on=any"]))
            .context("the machine's Debian mirror does not answer")?;
        Ok(apt)
    }

    /// The versions on offer, best first.
    pub fn versions(&self, package: &str) -> Result<Vec<String>> {
        let table = output(self.command("apt-cache").args(["madison", package]))?;
        Ok(table.lines().filter_map(|line| Some(line.split('|').nth(1)?.trim().to_owned())).collect())
    }

    /// A package and everything it depends on.
    pub fn closure(&self, package: &str) -> Result<Vec<String>> {
        let listing = output(self.command("apt-cache").args([
            "depends",
            "--recurse",
            "--no-recommends",
            "--no-suggests",
            "--no-conflicts",
            "--no-breaks",
            "--no-replaces",
            "--no-enhances",
            package,
        ]))?;
        // Indented lines are edges and names in angle brackets are virtual; the rest are packages.
        let is_package = |line: &&str| line.starts_with(|first: char| first.is_ascii_alphanumeric());
        let mut names: Vec<_> = listing.lines().filter(is_package).map(String::from).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Downloads packages and unpacks them into a fresh folder.
    pub fn unpack(&self, packages: &[String], into: &Path) -> Result<()> {
        let archives = self.folder.join("archives");
        for path in [&archives, into] {
            if path.exists() {
                fs::remove_dir_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
            fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))?;
        }
        output(self.command("apt-get").args(["-qq", "download"]).args(packages).current_dir(&archives))
            .context("a package could not be downloaded")?;
        for archive in fs::read_dir(&archives)? {
            output(Command::new("dpkg").arg("-x").arg(archive?.path()).arg(into))?;
        }
        fs::remove_dir_all(&archives).context("cannot remove the downloaded packages")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(&self.options).env("LC_ALL", "C");
        command
    }
}

fn options(folder: &Path) -> Vec<String> {
    let at = |sub: &str| folder.join(sub).display().to_string();
    let settings = [
        format!("Dir::State={}", folder.display()),
        format!("Dir::State::lists={}", at("lists")),
        format!("Dir::State::status={}", at("status")),
        format!("Dir::Cache={}", at("cache")),
        format!("Dir::Etc::sourcelist={}", at("etc/sources.list")),
        "Dir::Etc::sourceparts=/dev/null".to_owned(),
        "APT::Architecture=amd64".to_owned(),
        "APT::Architectures=amd64".to_owned(),
        "APT::Install-Recommends=false".to_owned(),
        // As root apt would drop to a user who may not write to a private folder.
        "APT::Sandbox::User=".to_owned(),
        "Acquire::Retries=3".to_owned(),
    ];
    settings.into_iter().flat_map(|setting| ["-o".to_owned(), setting]).collect()
}

/// The Debian mirror this machine uses.
fn mirror() -> Option<String> {
    let listed =
        fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = listed.collect();
    files.sort();
    files.insert(0, PathBuf::from("/etc/apt/sources.list"));
    files.iter().filter_map(|path| fs::read_to_string(path).ok()).find_map(|text| mirror_in(&text))
}

/// The first address ending in `/debian` in a source list, of either format.
fn mirror_in(text: &str) -> Option<String> {
    let sources = text.lines().filter(|line| line.starts_with("URIs:") || line.starts_with("deb "));
    let is_mirror = |word: &&str| word.starts_with("http") && word.trim_end_matches('/').ends_with("/debian");
    sources.flat_map(str::split_whitespace).find(is_mirror).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_found_in_both_formats_and_comments_are_not_sources() {
        let one_line =
            "# deb http://old/debian stable main\ndeb [arch=amd64] http://mirror/debian/ stable main\n";
        assert_eq!(mirror_in(one_line).as_deref(), Some("http://mirror/debian/"));
        let fields = "Types: deb\n# http://old/debian\nURIs: https://mirror/debian\nSuites: stable\n";
        assert_eq!(mirror_in(fields).as_deref(), Some("https://mirror/debian"));
        assert_eq!(
            mirror_in("deb http://mirror/debian-security stable main\ndeb http://mirror/ubuntu noble main\n"),
            None
        );
    }
}
