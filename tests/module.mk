# Systems for tests, fuzz targets and examples.
AIR_SYSTEMS += fibonacci:tests/air/fibonacci.air chain:tests/air/chain.air
AIR_SYSTEMS += sample:tests/air/sample.air
