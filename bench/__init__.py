"""Benchmarks: the library against plain pulumi_aws and AWS CDK, as ratios within one run. `make bench` runs them."""
