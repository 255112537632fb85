//! Results recorded from CPython: see `tools/record.py` for the form of the lines.

use crate::{Pattern, State, Stop, Subject};

fn numbers(text: &str) -> Vec<u32> {
    text.split(' ').filter(|word| !word.is_empty()).map(|word| word.parse().unwrap()).collect()
}

fn show(state: &State, groups: usize) -> String {
    let mut out = Vec::new();
    for index in 0..=groups {
        match state.group(index) {
            Some((start, end)) => out.push(format!("{start} {end}")),
            None => out.push("-1 -1".to_owned()),
        }
    }
    out.push(state.lastindex().map_or("-1".to_owned(), |index| index.to_string()));
    out.join(" ")
}

/// The result of a line's match, in the line's own form.
fn result(line: &str) -> (String, String) {
    let fields: Vec<&str> = line.split(';').collect();
    let groups = fields[0].parse().unwrap();
    let pattern = Pattern::new(numbers(fields[1]), groups).unwrap_or_else(|_| panic!("refused: {line}"));
    let text = numbers(fields[4]);
    let bytes: Vec<u8> = text.iter().map(|&c| c as u8).collect();
    let halves: Vec<u16> = text.iter().map(|&c| c as u16).collect();
    let subject = match fields[3] {
        "1" => Subject::U8(&bytes),
        "2" => Subject::U16(&halves),
        _ => Subject::U32(&text),
    };
    let bounds = numbers(fields[5]);
    let mut state = State::new(&pattern, subject, bounds[0] as usize, bounds[1] as usize);
    let found = match fields[2] {
        "search" => state.search(),
        "match" => state.match_(),
        "fullmatch" => state.fullmatch(),
        _ => {
            let mut all = Vec::new();
            while state.search().unwrap() {
                all.push(show(&state, groups));
                state.advance();
            }
            return (all.join(","), fields[6].to_owned());
        }
    };
    (if found.unwrap() { show(&state, groups) } else { String::new() }, fields[6].to_owned())
}

#[test]
fn recorded_results() {
    let path = std::env::var("SRE_VECTORS");
    let text = match &path {
        Ok(path) => std::fs::read_to_string(path).unwrap(),
        Err(_) => include_str!("../tests/vectors.txt").to_owned(),
    };
    let mut wrong = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (got, expected) = result(line);
        if got != expected {
            wrong += 1;
            if wrong < 10 {
                println!("{line}\n  got {got}");
            }
        }
    }
    assert_eq!(wrong, 0);
}

/// `(?:a|b)*c`
const ALTERNATIVES: &str = "14 4 0 1 4294967295 23 15 0 4294967295 7 5 16 97 15 7 5 16 98 15 2 0 18 16 99 1";

#[test]
fn hostile_codes_are_refused() {
    let good = numbers(ALTERNATIVES);
    assert!(Pattern::new(good.clone(), 0).is_ok());
    for code in [vec![], vec![16], vec![17, 0, 1], vec![18, 1], vec![11, 0, 1], vec![15, 0, 1], vec![24, 3, 0, 1, 1]] {
        assert!(Pattern::new(code.clone(), 0).is_err(), "{code:?}");
    }
    // Whatever is accepted must not panic; nothing here can run long.
    let text = b"abacabcabbbc";
    for place in 0..good.len() {
        for value in (0..45).chain([u32::MAX, u32::MAX - 1, 1000]) {
            let mut code = good.clone();
            code[place] = value;
            if let Ok(pattern) = Pattern::new(code, 0) {
                let mut state = State::new(&pattern, Subject::U8(text), 0, text.len());
                state.set_frame_limit(10_000);
                let _ = state.search();
                let _ = state.fullmatch();
            }
        }
    }
}

#[test]
fn limits_and_interrupts() {
    let pattern = Pattern::new(numbers(ALTERNATIVES), 0).unwrap();
    let text = vec![b'a'; 100_000];
    let mut state = State::new(&pattern, Subject::U8(&text), 0, text.len());
    assert_eq!(state.match_(), Ok(false));
    state.set_frame_limit(1000);
    assert_eq!(state.match_(), Err(Stop::TooDeep));
    let mut stop = || true;
    let mut state = State::new(&pattern, Subject::U8(&text), 0, text.len());
    state.set_interrupt(&mut stop);
    assert_eq!(state.match_(), Err(Stop::Interrupted));
}
