/** Words of kernel headers that stand for `__attribute__((…))`, for a section, or for a note to sparse. */
export const attributes: ReadonlySet<string> = new Set(
  (
    '__init __exit __initdata __initconst __exitdata __meminit __meminitdata __memexit __cpuinit __devinit __ref __refdata __net_init __net_exit __net_initdata __net_initconst const_debug __user __iomem __rcu __percpu ' +
    '__kernel __force __bitwise __nocast __safe __private __must_check __maybe_unused __always_unused __used __unused __cold __hot __pure __attribute_const__ __packed ' +
    '__aligned __section __attribute__ __attribute __printf __scanf __must_hold __acquires __releases __cond_acquires __acquire __release __always_inline noinline noinline_for_stack ' +
    '__no_kasan_or_inline __no_sanitize_or_inline __no_kcsan __no_sanitize_address __no_sanitize_memory __no_kmsan_checks __no_sanitize __no_sanitize_thread __no_sanitize_undefined notrace noinstr asmlinkage __visible __weak __noreturn __sched __lockfunc ' +
    '__kprobes nokprobe_inline __read_mostly __ro_after_init __latent_entropy __randomize_layout __no_randomize_layout __designated_init __deprecated __malloc ' +
    '__alloc_size __counted_by __counted_by_le __free __cleanup __noclone __noscs __nocfi __flatten __gnu_inline __inline_maybe_unused __extension__ __cacheline_aligned __cacheline_aligned_in_smp ' +
    '____cacheline_aligned ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp __page_aligned_data __page_aligned_bss __vdso_hidden __overloadable ' +
    '__nonstring __realloc_size __asan_nop __naked __optimize __no_stack_protector __signed __cpuidle __irq_entry __exception_irq_entry __softirq_entry __cpu_idle fastcall asmregparm ' +
    '__entry_text __head __init_or_module __initdata_or_module __cfi_generic __function_aligned __no_profile __assume_aligned __alias __error __init_memblock __initdata_memblock __no_context_analysis ' +
    '__always_used __tracepoint_string __data_racy __guarded_by __pt_guarded_by __assume_ctx_lock __noendbr __no_caller_saved_registers __bpf_kfunc __bpf_hook_start __rust_helper ' +
    '__diagnose_as __compiletime_error __compiletime_warning __must_be_array __context__'
  ).split(' '),
);

/** Those of them that parentheses belong to. */
export const attributesWithArguments: ReadonlySet<string> = new Set(
  (
    '__attribute__ __attribute __must_hold __acquires __releases __cond_acquires __acquire __release __printf __scanf __aligned __section __alloc_size __realloc_size __counted_by __counted_by_le ' +
    '__no_sanitize __free __cleanup __diagnose_as __malloc __flatten __optimize __deprecated __assume_aligned __error __compiletime_error __compiletime_warning __must_be_array ' +
    '__context__ __cold __alias __guarded_by __pt_guarded_by'
  ).split(' '),
);

/** Notes to sparse that stand behind a function's parameters. */
export const trailingAttributes: ReadonlySet<string> = new Set(
  '__must_hold __acquires __releases __cond_acquires __no_context_analysis'.split(' '),
);
