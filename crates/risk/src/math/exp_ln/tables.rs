//! Constants of [`super`]: generated with 80 digits, and checked against their definitions by its tests.

/// 2^12 / (1 + i/64), rounded up: a multiplier that brings a mantissa of cell i to [1, 1 + 2^-6].
pub(super) const RECIPROCAL: [u16; 64] = [
    4096, 4033, 3972, 3913, 3856, 3800, 3745, 3693, 3641, 3592, 3543, 3496, 3450, 3405, 3361, 3319, 3277,
    3237, 3197, 3159, 3121, 3085, 3049, 3014, 2979, 2946, 2913, 2881, 2850, 2819, 2789, 2760, 2731, 2703,
    2675, 2648, 2622, 2596, 2571, 2546, 2521, 2497, 2474, 2450, 2428, 2405, 2384, 2362, 2341, 2320, 2300,
    2280, 2260, 2241, 2222, 2203, 2185, 2167, 2149, 2132, 2115, 2098, 2081, 2065,
];

/// -ln(RECIPROCAL[i] / 2^12) in 2^-57, to nearest.
#[rustfmt::skip]
pub(super) const LN_CELL: [u64; 64] = [
    0x0000_0000_0000_0000, 0x0007_efaa_2c4f_00f6, 0x000f_bd4d_8b3c_142b, 0x0017_66d9_23c2_0ff8,
    0x001e_ea31_c006_b87c, 0x0026_67af_f030_7e97, 0x002d_dea5_180a_d457, 0x0035_075b_4e1d_4fc6,
    0x003c_4a0e_e055_e077, 0x0043_39fb_3733_0a33, 0x004a_424c_3abd_9908, 0x0051_18ae_7726_cf6f,
    0x0057_e0c2_8697_2a45, 0x005e_99a4_7150_964d, 0x0065_426a_8011_3e3d, 0x006b_b2a6_050b_7704,
    0x0072_37df_2e6a_3ddd, 0x0078_819e_6835_bd07, 0x007e_df61_bbb8_ee40, 0x0084_fea7_c326_788a,
    0x008b_30e5_765c_dd1c, 0x0091_2191_7876_2c9d, 0x0097_2417_093a_f551, 0x009d_0d64_0179_b31e,
    0x00a3_085e_14e2_f0bf, 0x00a8_bc6c_d5aa_ab83, 0x00ae_80ee_24ff_9741, 0x00b4_28c1_2267_d872,
    0x00b9_b2c0_79d7_5b2b, 0x00bf_4c41_fd24_ff60, 0x00c4_c69c_5449_a3ed, 0x00ca_20a1_a501_92cc,
    0x00cf_891f_a5fb_6d12, 0x00d4_cfe5_5edc_08f4, 0x00da_24bb_e0a4_78d4, 0x00df_566c_f138_d68a,
    0x00e4_63bf_00cd_ac03, 0x00e9_7df4_9901_a638, 0x00ee_7252_7e27_dbb0, 0x00f3_7315_36d2_72a8,
    0x00f8_807b_6175_9cce, 0x00fd_6644_e4d4_cb1f, 0x0102_232c_cb34_623c, 0x0107_20e5_c40d_f1c5,
    0x010b_bf2f_d23d_d40f, 0x0110_9eb9_e2e4_c96d, 0x0115_1c3f_6f29_6122, 0x0119_db6b_a0ba_5b67,
    0x011e_6df6_76ff_8d2c, 0x0123_0b0d_8beb_c97e, 0x0127_79e1_ec93_eca4, 0x012b_f29f_9841_c3b1,
    0x0130_7573_44f0_e138, 0x0134_c80a_8958_0ea0, 0x0139_240d_de5c_e928, 0x013d_89a6_b1a5_58c8,
    0x0141_bcff_4860_05dc, 0x0145_f93d_19cb_bff8, 0x014a_3e86_2342_5250, 0x014e_4f83_2c56_0dd7,
    0x0152_68d5_ae7c_dcbe, 0x0156_8aa0_194e_c6ec, 0x015a_b505_b390_40ab, 0x015e_a8ad_9419_c5b5,
];

/// e^(-j/64) in 2^-63, to nearest.
#[rustfmt::skip]
pub(super) const EXP_CELL: [u64; 64] = [
    0x8000_0000_0000_0000, 0x7e03_faaf_fbbe_924a, 0x7c0f_d5aa_22d7_5e45, 0x7a23_71ab_fb3e_fec7,
    0x783e_afef_1c0a_8f39, 0x7661_7227_4106_8c62, 0x748b_9a80_65f0_0acd, 0x72bd_0b9c_e931_f64a,
    0x70f5_a893_b608_861e, 0x6f35_54ee_75ed_8806, 0x6d7b_f4a7_c930_989f, 0x6bc9_6c29_869e_d299,
    0x6a1d_a04b_021d_ef01, 0x6878_764f_5a1f_403c, 0x66d9_d3e3_cbcf_5eae, 0x6541_9f1e_0de7_c9f5,
    0x63af_be7a_b208_2ba2, 0x6224_18db_8c7d_50ed, 0x609e_9586_225c_57a5, 0x5f1f_1c22_1dd8_eff8,
    0x5da5_94b7_c8bd_f84d, 0x5c31_e7ae_8cf0_1aa7, 0x5ac3_fdcb_7ae2_7389, 0x595b_c02f_d5e5_a994,
    0x57f9_1857_a63a_3aaa, 0x569b_f018_50cf_1fa3, 0x5544_319f_3496_4256, 0x53f1_c770_4d58_9b2c,
    0x52a4_9c64_dbf4_2359, 0x515c_9baa_13ee_1f7b, 0x5019_b0bf_ce44_9bb9, 0x4edb_c777_416a_4646,
    0x4da2_cbf1_be58_27fa, 0x4c6e_aa9f_72a1_0bff, 0x4b3f_503e_2f72_b7ab, 0x4a14_a9d8_3571_6282,
    0x48ee_a4c3_055a_2bff, 0x47cd_2e9e_3559_992f, 0x46b0_3552_4b03_6f6f, 0x4597_a70f_99d9_8bb3,
    0x4483_724d_264f_9ead, 0x4373_85c7_8d39_fdec, 0x4267_d07f_ef96_00df, 0x4160_41ba_e29a_a613,
    0x405c_c8ff_6400_81b1, 0x3f5d_5615_d270_3997, 0x3e61_d906_ea07_15f0, 0x3d6a_421a_c4e1_6e6a,
    0x3c76_81d7_df9a_fca6, 0x3b86_8902_21b5_5bd4, 0x3a9a_4899_e9d5_3bca, 0x39b1_b1db_1dc7_0b58,
    0x38cc_b63c_3e3c_1a08, 0x37eb_476d_7e31_6d16, 0x370d_5757_ddf1_bded, 0x3632_d81c_49a4_523c,
    0x355b_bc12_bb5a_9680, 0x3487_f5c9_608e_9bc2, 0x33b7_7803_c304_d067, 0x32ea_35b9_f503_8215,
    0x3220_2217_c0d2_ec1c, 0x3159_307b_db78_ca4a, 0x3095_5477_1aa2_9bd0, 0x2fd4_81cb_adb1_f4de,
];

/// 1/n in 2^-64 for n = 2..=8, to nearest.
#[rustfmt::skip]
pub(super) const INVERSE: [u64; 7] = [
    0x8000_0000_0000_0000, 0x5555_5555_5555_5555, 0x4000_0000_0000_0000, 0x3333_3333_3333_3333,
    0x2aaa_aaaa_aaaa_aaab, 0x2492_4924_9249_2492, 0x2000_0000_0000_0000,
];

/// 1/n! in 2^-64 for n = 2..=8, to nearest.
#[rustfmt::skip]
pub(super) const INVERSE_FACTORIAL: [u64; 7] = [
    0x8000_0000_0000_0000, 0x2aaa_aaaa_aaaa_aaab, 0x0aaa_aaaa_aaaa_aaab, 0x0222_2222_2222_2222,
    0x005b_05b0_5b05_b05b, 0x000d_00d0_0d00_d00d, 0x0001_a01a_01a0_1a02,
];

/// ln 2 in 2^-64, to nearest.
pub(super) const LN_2_Q64: u64 = 0xb172_17f7_d1cf_79ac;

/// ln 2 in 2^-57, to nearest.
pub(super) const LN_2_Q57: u64 = 0x0162_e42f_efa3_9ef3;

/// 1 / ln 2 in 2^-30, rounded down.
pub(super) const INVERSE_LN_2_Q30: u64 = 1549082004;
