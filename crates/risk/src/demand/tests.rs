mod attack;
mod axis;
mod figures;
mod limits;
mod population;
mod shard;
