use std::sync::mpsc::{Receiver, Sender};

use camino::Utf8PathBuf;
use smoke_core::cause::Code;
use smoke_core::environment::Environment;
use smoke_record::folder::RunFolder;
use smoke_record::mask::Mask;
use smoke_record::plan::prepare;

use super::*;
use crate::runner::thread::Leniency;
use crate::step::Step;
use crate::step::diagnosis::Subject;
use crate::versions::Asked;

/// Runs `work` alone, with a deadline and a wish to stop.
fn alone(
    deadline: Duration,
    stop: &Stop,
    work: impl FnOnce(&Step) -> Result<Done, Cause> + Send + 'static,
) -> (Ended, Vec<Event>) {
    let kept = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(kept.path().to_owned()).unwrap();
    let none = path.join("none");
    let setting = Setting {
        folder: RunFolder::create(&path, "id").unwrap(),
        mask: Mask::new(&Environment::default()),
        subject: Subject {
            run: "id".into(),
            port: 0,
            guard: 0,
            run_folder: path,
            workspace: none.clone(),
            logs: none.clone(),
            pm2_home: none,
        },
        versions: Asked::default(),
        heartbeat: None,
        stop: stop.clone(),
        leniency: Leniency::NONE,
    };
    let work = Work { perform: Box::new(work), explain: Box::new(|cause| cause) };
    let planned = Planned { deadline, ..prepare() };
    let mut events = Vec::new();
    let ended = run(&planned, Instant::now(), &setting, work, &mut |_, event| events.push(event));
    (ended, events)
}

fn code(ended: &Ended) -> Code {
    ended.result.as_ref().unwrap_err().code
}

/// Work that does not end before the other end of this is dropped.
fn endless() -> (Sender<()>, impl FnOnce(&Step) -> Result<Done, Cause> + Send + 'static) {
    let (end, ended): (Sender<()>, Receiver<()>) = channel();
    (end, move |_: &Step| {
        let _ = ended.recv();
        Ok(Done::ONCE)
    })
}

const LONG: Duration = Duration::from_secs(600);

#[test]
fn what_it_says_is_heard_after_that_it_began() {
    let (ended, events) = alone(LONG, &Stop::default(), |step| {
        step.note("found");
        Ok(Done::ONCE)
    });
    assert!(ended.result.is_ok() && !ended.given_up);
    let [Event::StepStarted { log, .. }, Event::StepNote { text, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((log.as_str(), text.as_str()), ("logs/prepare.log", "found"));
}

#[test]
fn a_defect_of_it_is_a_cause() {
    let (ended, _) = alone(LONG, &Stop::default(), |_| panic!("a defect"));
    assert_eq!((code(&ended), ended.given_up), (Code::Internal, false));
}

#[test]
fn the_run_goes_on_without_it_at_its_deadline() {
    let (_end, work) = endless();
    let (ended, _) = alone(Duration::from_millis(20), &Stop::default(), work);
    assert_eq!((code(&ended), ended.given_up), (Code::Deadline, true));
    let cause = ended.result.unwrap_err();
    assert_eq!(cause.summary, "prepare took longer than the deadline of 20ms");
}

#[test]
fn a_deadline_that_becomes_known_on_the_way_counts() {
    let (_end, work) = endless();
    let (ended, _) = alone(LONG, &Stop::default(), move |step| {
        step.allow(Duration::from_millis(20));
        work(step)
    });
    assert_eq!((code(&ended), ended.given_up), (Code::Deadline, true));
}

#[test]
fn the_run_goes_on_without_it_once_it_is_interrupted() {
    let (_end, work) = endless();
    let stop = Stop::default();
    stop.note(2);
    let (ended, _) = alone(LONG, &stop, work);
    assert_eq!((code(&ended), ended.given_up), (Code::Interrupted, true));
}
