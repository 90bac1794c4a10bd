# Compiles llama.cpp in half the time: without its chat library, which nothing here uses; in groups of
# files, for it has one an architecture, all with the same headers; and, beside ggml, which computes,
# with few optimizations.
set(LLAMA_BUILD_COMMON OFF)
cmake_language(DEFER CALL set_target_properties llama PROPERTIES
    UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 32 COMPILE_OPTIONS -O1)
