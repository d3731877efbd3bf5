"""A small SIP and RTP user agent: the caller of ``huiyin demo-call``, of the tests and of the benchmarks."""
