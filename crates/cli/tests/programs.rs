//! Runs every program of `tests/programs` under the built command and compares what it prints with what
//! CPython 3.14 printed (`tests/record.sh` records it).
//!
//! Beside `NAME.py` stands `NAME.out`, its standard output, and where it counts `NAME.err`, its standard error
//! with the program's path cut to its name. A first line `# exit: N` declares the exit code; without it, it is 0.
//! `expected_failures.txt` names those that are known to fail; each of them must.
//!
//! Only some: `PYROX_PROGRAMS=language/classes cargo test -p pyrox-cli --test programs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long one program may run.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How much of a program's output is read; one that writes more finds its pipe closed.
const OUTPUT_LIMIT: u64 = 16 << 20;
/// How many differing lines a report shows of one program.
const SHOWN_LINES: usize = 8;

/// The programs below `folder`, by their name relative to `root` without `.py`.
fn find_programs(root: &Path, folder: &Path, into: &mut BTreeMap<String, PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            find_programs(root, &path, into);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            let name = path.with_extension("");
            let name = name.strip_prefix(root).unwrap_or(&name).to_string_lossy().into_owned();
            into.insert(name, path);
        }
    }
}

/// The names of `expected_failures.txt`.
fn expected_failures(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("expected_failures.txt")).expect("expected_failures.txt can be read");
    let names = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Reads a pipe to its end on a thread of its own, so that a full pipe stops nobody.
fn reader(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let _ = pipe.take(OUTPUT_LIMIT).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for the child, but no longer than the limit.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if started.elapsed() < TIME_LIMIT => std::thread::sleep(Duration::from_millis(5)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// What differs between two texts, line by line from the first difference on; `None` if nothing does.
fn difference(stream: &str, expected: &str, got: &str) -> Option<String> {
    if expected == got {
        return None;
    }
    let (expected, got): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
    let mut report = format!("  {stream}: expected {} lines, got {}\n", expected.len(), got.len());
    let first = expected.iter().zip(&got).take_while(|(a, b)| a == b).count();
    if first == expected.len() && first == got.len() {
        report.push_str("    only the newline at the end differs\n");
    }
    if first > 0 {
        let _ = writeln!(report, "    {:4}   {}", first, expected[first - 1]);
    }
    let mut shown = 0;
    for i in first..expected.len().max(got.len()) {
        let (a, b) = (expected.get(i), got.get(i));
        if a == b {
            continue;
        }
        if shown == SHOWN_LINES {
            report.push_str("         ...\n");
            break;
        }
        shown += 1;
        for (mark, line) in [('-', a), ('+', b)] {
            if let Some(line) = line {
                let _ = writeln!(report, "    {:4} {mark} {line}", i + 1);
            }
        }
    }
    Some(report)
}

/// Runs one program; the reasons why it fails, or nothing.
fn run(name: &str, program: &Path) -> Result<(), String> {
    let source = fs::read_to_string(program).map_err(|error| format!("  {error}\n"))?;
    let declared = source.lines().next().and_then(|line| line.strip_prefix("# exit:"));
    let wanted: i32 = declared.and_then(|code| code.trim().parse().ok()).unwrap_or(0);
    let expected = fs::read_to_string(program.with_extension("out"))
        .map_err(|error| format!("  no recorded output ({error}): see tests/record.sh\n"))?;

    let folder = std::env::temp_dir().join(format!("pyrox-programs-{}-{}", std::process::id(), name.replace('/', "-")));
    fs::create_dir_all(&folder).map_err(|error| format!("  {}: {error}\n", folder.display()))?;
    let child = Command::new(env!("CARGO_BIN_EXE_pyrox"))
        .arg(program)
        .current_dir(&folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", &folder)
        .env("LC_ALL", "C.UTF-8")
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONIOENCODING", "utf-8")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| format!("  {error}\n"))?;
    let (out, err) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let status = wait(&mut child);
    let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    let _ = fs::remove_dir_all(&folder);

    let mut report = String::new();
    let exit_differs = match status {
        None => {
            let _ = writeln!(report, "  still running after {} s", TIME_LIMIT.as_secs());
            true
        }
        Some(status) if status.code() != Some(wanted) => {
            let _ = writeln!(report, "  {status}, expected exit code {wanted}");
            true
        }
        Some(_) => false,
    };
    report.extend(difference("standard output", &expected, &out));
    match fs::read_to_string(program.with_extension("err")) {
        Ok(expected) => {
            let file = program.file_name().unwrap_or_default().to_string_lossy();
            let err = err.replace(&*program.to_string_lossy(), &file);
            report.extend(difference("standard error", &expected, &err));
        }
        // Not compared, but it tells why.
        Err(_) if exit_differs => {
            let lines: Vec<&str> = err.lines().collect();
            for line in &lines[lines.len().saturating_sub(6)..] {
                let _ = writeln!(report, "    stderr: {line}");
            }
        }
        Err(_) => {}
    }
    if report.is_empty() { Ok(()) } else { Err(report) }
}

#[test]
fn programs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programs");
    let root = root.canonicalize().expect("tests/programs is there");
    let mut programs = BTreeMap::new();
    find_programs(&root, &root, &mut programs);
    let known_to_fail = expected_failures(&root);
    for name in &known_to_fail {
        assert!(programs.contains_key(name), "expected_failures.txt names {name}, which is not there");
    }
    if let Ok(only) = std::env::var("PYROX_PROGRAMS") {
        programs.retain(|name, _| only.split_whitespace().any(|prefix| name.starts_with(prefix)));
    }
    let programs: Vec<(String, PathBuf)> = programs.into_iter().collect();

    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    let workers = std::thread::available_parallelism().map_or(2, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((name, path)) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = run(name, path);
                    results.lock().expect("no worker panics").insert(name.as_str(), result);
                }
            });
        }
    });

    let (mut passed, mut expected, mut report) = (0, 0, String::new());
    for (name, result) in results.into_inner().expect("no worker panics") {
        match (result, known_to_fail.iter().any(|known| known == name)) {
            (Ok(()), false) => passed += 1,
            (Err(_), true) => expected += 1,
            (Ok(()), true) => {
                let _ = writeln!(report, "{name} passes: strike it out of expected_failures.txt");
            }
            (Err(why), false) => {
                let _ = write!(report, "{name}\n{why}");
            }
        }
    }
    println!("{} programs: {passed} pass, {expected} fail as expected", programs.len());
    assert!(report.is_empty(), "{passed} of {} programs pass\n{report}", programs.len());
}
