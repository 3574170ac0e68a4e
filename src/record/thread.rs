//! The recorder on its own thread: many messages share one transaction.

use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::entry::Entry;
use super::{BATCH, RecordError, Recorder};
use crate::domain::{Channel, CustomerKey, CustomerUuid};
use crate::push::journal::{Intention, Journal, Lost, Settlement};

impl Recorder {
    /// Puts the recorder on its own thread; it comes back when every clone of the journal is gone.
    ///
    /// # Errors
    /// Where the system has no thread to give.
    pub fn on_its_thread(self) -> std::io::Result<(RecordJournal, Running)> {
        let (sender, receiver) = mpsc::channel(BATCH);
        let nobody_is_known = matches!(self.checkpoint.customers(), Ok(0));
        let thread = thread::Builder::new().name("record".to_owned()).spawn(move || self.serve(receiver))?;
        Ok((RecordJournal { sender, nobody_is_known }, Running(thread)))
    }

    fn serve(mut self, mut messages: mpsc::Receiver<Message>) -> (Self, Result<(), RecordError>) {
        while let Some(first) = messages.blocking_recv() {
            let (mut entries, mut waiting) = (Vec::new(), Vec::new());
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Write { entry, written } => {
                        entries.push(entry);
                        waiting.extend(written);
                    }
                    // At once: who asks waits for no disk.
                    Message::Ask { uuid, key, answer } => match self.checkpoint.other_holder(&uuid, &key) {
                        Ok(holder) => drop(answer.send(holder)),
                        Err(error) => return (self, Err(error.into())),
                    },
                }
                next = (entries.len() < BATCH).then(|| messages.try_recv().ok()).flatten();
            }
            if entries.is_empty() {
                continue;
            }
            if let Err(error) = self.apply(&entries) {
                // Those that wait learn by their channel's end that nothing was written.
                return (self, Err(error));
            }
            for written in waiting {
                // One that was cut off in the meantime no longer listens.
                let _ = written.send(());
            }
        }
        (self, Ok(()))
    }
}

enum Message {
    Write {
        entry: Entry,
        /// Told once the entry is on disk.
        written: Option<oneshot::Sender<()>>,
    },
    /// Which other customer has the record.
    Ask { uuid: CustomerUuid, key: CustomerKey, answer: oneshot::Sender<Option<CustomerKey>> },
}

/// The writer's door for push.
#[derive(Clone)]
pub struct RecordJournal {
    sender: mpsc::Sender<Message>,
    /// A first load: then nobody has any record, but for those that it makes itself.
    nobody_is_known: bool,
}

impl RecordJournal {
    async fn send(&self, message: Message) -> Result<(), Lost> {
        self.sender.send(message).await.map_err(|_| Lost)
    }
}

impl Journal for RecordJournal {
    async fn intend(&self, intention: Intention) -> Result<(), Lost> {
        let (written, on_disk) = oneshot::channel();
        let entry = Entry::Intend(Box::new(intention));
        self.send(Message::Write { entry, written: Some(written) }).await?;
        on_disk.await.map_err(|_| Lost)
    }

    async fn other_holder(&self, uuid: CustomerUuid, key: CustomerKey) -> Result<Option<CustomerKey>, Lost> {
        if self.nobody_is_known {
            return Ok(None);
        }
        let (answer, holder) = oneshot::channel();
        self.send(Message::Ask { uuid, key, answer }).await?;
        holder.await.map_err(|_| Lost)
    }

    async fn opt_outs(&self, contacts: Vec<(Channel, String)>) -> Result<(), Lost> {
        for (channel, contact) in contacts {
            self.send(Message::Write { entry: Entry::OptOut(channel, contact), written: None }).await?;
        }
        Ok(())
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), Lost> {
        let entry = Entry::Settle(Box::new(settlement));
        self.send(Message::Write { entry, written: None }).await
    }
}

/// A recorder on its thread.
pub struct Running(thread::JoinHandle<(Recorder, Result<(), RecordError>)>);

impl Running {
    /// Waits until the last journal is gone and everything is written.
    ///
    /// # Errors
    /// [`RecordError::Thread`] where the thread ended abnormally. What could not be written comes beside the recorder.
    pub fn join(self) -> Result<(Recorder, Result<(), RecordError>), RecordError> {
        self.0.join().map_err(|_| RecordError::Thread)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::checkpoint::{Checkpoint, NewRun};
    use crate::domain::event::Unobserved;
    use crate::domain::{DepartmentName, RunId};
    use crate::plan::samples::customer;
    use crate::push::journal::{DebtFate, IntentFate, Learned};
    use crate::report::RunDir;

    fn recorder(dir: &std::path::Path, salt: u16) -> Recorder {
        let department = DepartmentName::parse("springfield").unwrap();
        let run_id = RunId::new("20260101T030000Z", salt);
        let checkpoint = Checkpoint::open(dir, &department).unwrap();
        let (mode, inputs) = ("sync".to_owned(), serde_json::Value::Null);
        checkpoint.begin_run(&NewRun { run_id: run_id.clone(), mode, started_at: 0, inputs }).unwrap();
        let reports = RunDir::create(&dir.join("reports"), &department, &run_id).unwrap();
        let (results, warnings) = (reports.results().unwrap(), reports.warnings().unwrap());
        Recorder::new(checkpoint, run_id, results, warnings, Arc::new(Unobserved)).unwrap()
    }

    fn learned(key: &str, uuid: &CustomerUuid) -> Settlement {
        let base = customer(key);
        let canonical = base.canonical().unwrap();
        let learned = Learned {
            uuid: uuid.clone(),
            canonical,
            source: None,
            recency: crate::domain::Recency::default(),
            base: base.clone(),
        };
        Settlement {
            key: base.key,
            outcome: None,
            learned: Some(learned),
            intent: IntentFate::Dropped,
            debt: DebtFate::Paid,
            refused: None,
            opt_outs: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[tokio::test]
    async fn the_next_run_is_told_whose_a_record_is() {
        let dir = tempfile::tempdir().unwrap();
        let [one, two] = ["1", "2"].map(|key| CustomerKey::parse(key).unwrap());
        let uuid = CustomerUuid::new("u-1").unwrap();
        // On a first load nobody is asked: what the run itself makes is known to it.
        for (run, holder) in [(1, None), (2, Some(one.clone()))] {
            let (journal, running) = recorder(dir.path(), run).on_its_thread().unwrap();
            journal.settle(learned("1", &uuid)).await.unwrap();
            assert_eq!(journal.other_holder(uuid.clone(), two.clone()).await, Ok(holder));
            assert_eq!(journal.other_holder(uuid.clone(), one.clone()).await, Ok(None));
            drop(journal);
            running.join().unwrap().1.unwrap();
        }
    }
}
