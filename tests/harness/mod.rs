//! [`Workbench`]: the real binary, in a directory of its own, against a sandbox that the test can look into.
//!
//! Nothing of the developer's machine gets in: the environment is empty but for what a test sets. What came of a run is
//! asked of the remote ([`Workbench::remote`], [`Workbench::journal`]) as well as of our own reports ([`Workbench::latest`]).

// Every test binary takes what it needs of this file.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub(crate) mod astray;
pub(crate) mod export;
pub(crate) mod needles;
pub(crate) mod nights;
mod reports;
pub(crate) mod tap;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use dms_sync::sandbox::{Customer, Faults, JournalEntry, Model, Running, Sandbox, SandboxOptions};
use tempfile::TempDir;

pub(crate) use export::Export;
pub(crate) use reports::{Line, RunFiles};

/// The department of every workbench, its token, and the account of its sandbox.
pub(crate) const DEPARTMENT: &str = "springfield";
pub(crate) const TOKEN: &str = "tok-springfield-7f3a";
pub(crate) const USERNAME: &str = "svc-harness-user";
pub(crate) const PASSWORD: &str = "pw-harness-9c1e";

/// A directory, a configuration, a sandbox, and the binary to run between them.
pub(crate) struct Workbench {
    dir: TempDir,
    runtime: tokio::runtime::Runtime,
    sandbox: Running,
    config: toml::Table,
    env: BTreeMap<String, String>,
    empties_lists: Cell<bool>,
}

/// Warnings of the API that say that a customer's phones or e-mails were all deleted.
const EMPTIED: [u32; 2] = [10005, 10006];

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workbench {
    /// A department with nothing in it, at a well-behaved remote.
    pub(crate) fn new() -> Self {
        Self::with(SandboxOptions::default())
    }

    /// A department at a remote that is started as `options` say, but for the account.
    pub(crate) fn with(options: SandboxOptions) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let options = SandboxOptions { credentials: (USERNAME.into(), PASSWORD.into()), ..options };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        let text = format!(
            r#"
            [api]
            base_url = "{}"
            timeout = "10s"
            [rate]
            per_second = 100000
            burst = 10000
            max_in_flight = 16
            [retry]
            initial = "1ms"
            max = "5ms"
            settle = "50ms"
            [guard]
            empty_checkpoint = "allow"
            [[department]]
            name = "{DEPARTMENT}"
            token = "{TOKEN}"
            input = ["export.csv"]
            "#,
            sandbox.base_url()
        );
        let dir = tempfile::tempdir().unwrap();
        let config = toml::from_str(&text).unwrap();
        let env = [("DMS_SYNC_USERNAME", USERNAME), ("DMS_SYNC_PASSWORD", PASSWORD)];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let bench = Self { dir, runtime, sandbox, config, env, empties_lists: Cell::new(false) };
        bench.save();
        bench
    }

    /// Sets a key of the configuration, e.g. `rate.per_second`.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<toml::Value>) -> &mut Self {
        let (table, key) = key.rsplit_once('.').unwrap();
        let mut at = &mut self.config;
        for name in table.split('.') {
            let next = at.entry(name).or_insert_with(|| toml::Table::new().into());
            at = next.as_table_mut().unwrap();
        }
        at.insert(key.to_owned(), value.into());
        self.save();
        self
    }

    /// Sets a key of the department.
    pub(crate) fn set_department(&mut self, key: &str, value: impl Into<toml::Value>) -> &mut Self {
        let departments = self.config["department"].as_array_mut().unwrap();
        departments[0].as_table_mut().unwrap().insert(key.to_owned(), value.into());
        self.save();
        self
    }

    /// Adds another department.
    pub(crate) fn add_department(&mut self, department: toml::Value) -> &mut Self {
        self.config["department"].as_array_mut().unwrap().push(department);
        self.save();
        self
    }

    /// Sets an environment variable of every command from now on; `None` takes it away.
    pub(crate) fn env(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => drop(self.env.insert(name.to_owned(), value.to_owned())),
            None => drop(self.env.remove(name)),
        }
        self
    }

    fn save(&self) {
        self.write("dms-sync.toml", toml::to_string(&self.config).unwrap());
    }

    /// A path in the workbench's directory.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file; the mode is what an umask of 022 gives.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Copies a sample of the repository to the department's input.
    pub(crate) fn sample(&self, name: &str) -> &Self {
        self.write("export.csv", sample(name));
        self
    }

    /// Writes `export` to the department's input.
    pub(crate) fn export(&self, export: &Export) -> &Self {
        self.write("export.csv", export.to_csv());
        self
    }

    /// The binary with these arguments, nothing in its environment and the workbench as its working directory.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dms-sync"));
        let tmp = self.path("tmp");
        fs::create_dir_all(&tmp).unwrap();
        command.args(args).env_clear().envs(&self.env).env("TMPDIR", tmp).env("HOME", self.path("home"));
        command.current_dir(self.dir.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end. Nothing may ever panic.
    #[track_caller]
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        finish(self.command(args).spawn().unwrap())
    }

    /// Runs a command with `input` as its standard input.
    #[track_caller]
    pub(crate) fn run_with<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: impl AsRef<[u8]>,
    ) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // A command that refuses its input does not read it to the end.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        finish(child)
    }

    /// Runs a command in a shell that did `before`: limits and masks are inherited.
    #[track_caller]
    pub(crate) fn run_after(&self, before: &str, args: &[&str]) -> Ran {
        let plain = self.command(args);
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(format!("{before}; exec \"$0\" \"$@\"")).arg(plain.get_program()).args(args);
        shell.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(self.dir.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        finish(shell.spawn().unwrap())
    }

    /// `sync`, which must end with `code`.
    #[track_caller]
    pub(crate) fn sync(&self, code: i32) -> Ran {
        self.run(["sync"]).expect(code)
    }

    /// The sandbox, to look into it and to change it as an advisor does.
    pub(crate) fn model(&self) -> Model {
        self.sandbox.model()
    }

    /// Puts a tap between the binary and the sandbox.
    pub(crate) fn tap(&mut self) -> tap::Tap {
        let tap = self.runtime.block_on(tap::Tap::before(self.url()));
        self.set("api.base_url", tap.url.clone());
        tap
    }

    /// Puts something else between the binary and the sandbox: `open` gives its address and whatever stands for it.
    pub(crate) fn between<T>(&mut self, open: impl AsyncFnOnce(String) -> (String, T)) -> T {
        let (url, between) = self.runtime.block_on(open(self.url()));
        self.set("api.base_url", url);
        between
    }

    /// Where the sandbox is.
    pub(crate) fn url(&self) -> String {
        self.sandbox.base_url()
    }

    /// Everyone at the remote, ordered by key.
    pub(crate) fn remote(&self) -> Vec<Customer> {
        self.model().dump().departments.remove(TOKEN).unwrap_or_default()
    }

    /// The customer with this key at the remote.
    #[track_caller]
    pub(crate) fn customer(&self, key: &str) -> Customer {
        let found = self.model().customer_by_key(TOKEN, key);
        found.unwrap_or_else(|| panic!("no customer {key} at the remote"))
    }

    /// Changes a customer as an advisor does in the remote's own screens.
    #[track_caller]
    pub(crate) fn edit(&self, key: &str, change: impl FnOnce(&mut Customer)) {
        let uuid = self.customer(key).customer_uuid;
        self.model().edit(TOKEN, &uuid, change).unwrap();
    }

    /// Says that a policy of this test has a list at the remote emptied: in every other test nothing may do that.
    pub(crate) fn empties_lists(&self) -> &Self {
        self.empties_lists.set(true);
        self
    }

    /// What the remote was asked since the journal was last cleared.
    pub(crate) fn journal(&self) -> Vec<JournalEntry> {
        self.model().journal()
    }

    /// What the remote was asked, counted by operation.
    pub(crate) fn asked(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for entry in self.journal() {
            *counts.entry(entry.route).or_default() += 1;
        }
        counts
    }

    /// Lets things go wrong from now on.
    pub(crate) fn faults(&self, toml: &str) {
        self.model().set_faults(Faults::parse(toml).unwrap());
    }

    /// What the latest run left behind.
    #[track_caller]
    pub(crate) fn latest(&self) -> RunFiles {
        RunFiles::read(&self.path("reports").join(DEPARTMENT).join("latest"))
    }

    /// The directories of all runs, oldest first.
    pub(crate) fn runs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("reports").join(DEPARTMENT)) else { return Vec::new() };
        let mut runs: Vec<_> =
            entries.map(|entry| entry.unwrap().path()).filter(|p| !p.is_symlink()).collect();
        runs.sort();
        runs
    }

    /// The department's checkpoint.
    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.path("state").join(format!("{DEPARTMENT}.sqlite"))
    }

    /// Everything under the workbench's directory, with its content: to see that nothing was touched.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut left = vec![self.dir.path().to_owned()];
        while let Some(dir) = left.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_symlink() {
                    files.insert(
                        path.clone(),
                        fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes(),
                    );
                } else if path.is_dir() {
                    left.push(path);
                } else {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    /// Text with what differs from machine to machine and from run to run taken out.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.replace(&self.dir.path().display().to_string(), "[DIR]");
        text = text.replace(&self.sandbox.addr().to_string(), "[ADDR]");
        for run in self.runs() {
            text = text.replace(&*run.file_name().unwrap().to_string_lossy(), "[RUN]");
        }
        text
    }
}

/// No phones and no e-mails of anybody may be deleted as a whole, whatever a test is about.
impl Drop for Workbench {
    fn drop(&mut self) {
        let emptied: u64 = EMPTIED.iter().map(|code| self.model().warned(*code)).sum();
        if !std::thread::panicking() {
            assert_eq!(emptied > 0, self.empties_lists.get(), "lists emptied at the remote: {emptied}");
        }
    }
}

impl Ran {
    /// Holds the exit code to `code`; shows everything where it is another.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Holds the standard error to every one of `texts`.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "no {text:?} in\n{}", self.stderr);
        }
        self
    }

    /// Holds the standard output to every one of `texts`.
    #[track_caller]
    pub(crate) fn shows(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stdout.contains(text), "no {text:?} in\n{}", self.stdout);
        }
        self
    }

    /// The standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", self.stdout))
    }
}

/// Waits for a command's end.
#[track_caller]
pub(crate) fn finish(child: Child) -> Ran {
    use std::os::unix::process::ExitStatusExt;
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    let code = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or_default());
    let ran = Ran { code, stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran
}

/// Sends a signal, as `kill` names it.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().unwrap();
    assert!(status.success());
}

/// A file of `samples/`.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/generic").join(name)).unwrap()
}

/// The permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
