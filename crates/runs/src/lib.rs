//! Durable work: steps, probes, journal, resumption.
