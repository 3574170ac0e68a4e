//! One customer's life, cut at every step of it: the journal is the real checkpoint, the remote the sandbox on its
//! socket. What is between them and the lives counts steps, and at the chosen one everything dies: nothing is awaited
//! any more, the writer takes what it has and ends, the files are opened again by the next run.
//!
//! Which steps there are is found out by a run that is left alone. Then each is died at, and at each of what the next
//! run does after that. Whatever happened on the way: the remote, what it was asked to write and the checkpoint are
//! the same in the end.

mod lives;
mod mortal;
mod site;

use lives::Life;
use site::{Case, Site, Survey};

/// What a life comes to where nobody dies, and the steps of it.
struct Undisturbed {
    survey: Survey,
    steps: Vec<String>,
}

impl Life {
    async fn undisturbed(&self, site: &Site) -> Undisturbed {
        let mut case = self.prepare(site).await;
        let steps = case.night(None).await.expect("nobody dies");
        self.tomorrow(&mut case).await;
        Undisturbed { survey: case.survey(), steps }
    }

    /// The next night, where it says something else than the one that is died in.
    async fn tomorrow(&self, case: &mut Case) {
        if let Some(said) = &self.tomorrow {
            case.said.clone_from(said);
            case.night(None).await.expect("nobody dies");
        }
    }

    /// Dies at `deaths`, one run after the other, then lives to the end; the steps of that last run.
    async fn with_deaths(&self, site: &Site, deaths: &[usize], expected: &Undisturbed) -> Vec<String> {
        let mut case = self.prepare(site).await;
        for death in deaths {
            let alive = case.night(Some(*death)).await;
            assert!(alive.is_none(), "{}: no step {death} of {deaths:?}", self.name);
            if let Some(said) = &self.tomorrow {
                case.said.clone_from(said);
            }
        }
        let steps = case.night(None).await.expect("nobody dies");
        let mut survey = case.survey();
        if self.tomorrow.is_some() {
            // What was not written tonight need not be, once the DMS says something else.
            survey.written.clone_from(&expected.survey.written);
        }
        assert_eq!(survey, expected.survey, "{}: died at {deaths:?} of {:?}", self.name, expected.steps);
        let (asked, refused) = case.writes_asked();
        // A create of what is there is refused, this remote being kind: it is as bad as a duplicate.
        assert!(
            refused <= self.refusals,
            "{}: sent twice, after {deaths:?} of {:?}",
            self.name,
            expected.steps
        );
        case.night(None).await.expect("nobody dies");
        assert_eq!(case.writes_asked().0, asked, "{}: nothing is left to write after {deaths:?}", self.name);
        steps
    }

    /// Dies everywhere once, and everywhere in what follows.
    async fn at_every_step(&self) {
        let site = Site::open().await;
        let expected = self.undisturbed(&site).await;
        assert_eq!(expected.survey.written, self.writes, "{}: {:?}", self.name, expected.steps);
        for step in self.steps {
            let met = expected.steps.iter().any(|met| met == step);
            assert!(met, "{}: {step} is not in {:?}", self.name, expected.steps);
        }
        let from = self.from.map(|from| expected.steps.iter().position(|step| step == from).unwrap());
        for first in from.unwrap_or_default()..expected.steps.len() {
            let next = self.with_deaths(&site, &[first], &expected).await;
            if next == expected.steps {
                // Nothing was left of the first run; its deaths were died already.
                continue;
            }
            // Of what the second does, its answers: they are where it may forget what the first has left.
            let answers = |at: &usize| next[*at].ends_with("answered") || next[*at].ends_with("committed");
            for second in (0..next.len()).filter(answers) {
                self.with_deaths(&site, &[first, second], &expected).await;
            }
        }
    }
}

#[tokio::test]
async fn a_create_survives_every_death() {
    lives::create().at_every_step().await;
}

#[tokio::test]
async fn an_update_survives_every_death() {
    lives::update().at_every_step().await;
}

#[tokio::test]
async fn an_adoption_survives_every_death() {
    lives::adoption().at_every_step().await;
}

#[tokio::test]
async fn a_create_in_doubt_survives_every_death() {
    for life in lives::creates_in_doubt() {
        life.at_every_step().await;
    }
}

#[tokio::test]
async fn a_vanished_record_survives_every_death() {
    for life in lives::vanished() {
        life.at_every_step().await;
    }
}

#[tokio::test]
async fn a_block_survives_every_death() {
    lives::block().at_every_step().await;
}

#[tokio::test]
async fn what_was_cut_off_is_known_though_the_dms_says_something_else_the_next_night() {
    for life in lives::overtaken() {
        life.at_every_step().await;
    }
}
