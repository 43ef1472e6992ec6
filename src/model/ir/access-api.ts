/**
 * What functions of the kernel's API do to the memory that their arguments name, as data (include/linux/{compiler,atomic,bitops,
 * string,uaccess,rcupdate,bitmap}.h).
 */
export interface AccessOperation {
  /** Number of the argument. */
  readonly argument: number;
  /** The argument is what is accessed, or points to it. */
  readonly of: 'value' | 'pointee';
  readonly access: 'read' | 'write';
  readonly isMarked: boolean;
}

const table = new Map<string, AccessOperation[]>();

function row(names: string, argument: number, of: AccessOperation['of'], access: AccessOperation['access'], isMarked = true): void {
  for (const name of names.split(' ')) {
    const known = table.get(name);
    if (known) known.push({ argument, of, access, isMarked });
    else table.set(name, [{ argument, of, access, isMarked }]);
  }
}

row('READ_ONCE READ_ONCE_NOCHECK __READ_ONCE ACCESS_ONCE', 0, 'value', 'read');
row('rcu_dereference rcu_dereference_bh rcu_dereference_sched rcu_dereference_check rcu_dereference_raw', 0, 'value', 'read');
row('rcu_dereference_protected rcu_access_pointer srcu_dereference srcu_dereference_check', 0, 'value', 'read');
row('WRITE_ONCE __WRITE_ONCE rcu_assign_pointer RCU_INIT_POINTER rcu_replace_pointer', 0, 'value', 'write');
row('smp_load_acquire smp_cond_load_acquire smp_cond_load_relaxed', 0, 'pointee', 'read');
row('smp_store_release smp_store_mb', 0, 'pointee', 'write');
row('xchg xchg_relaxed xchg_acquire xchg_release cmpxchg cmpxchg_relaxed cmpxchg_acquire cmpxchg_release', 0, 'pointee', 'write');
row('cmpxchg64 try_cmpxchg try_cmpxchg_acquire try_cmpxchg_release try_cmpxchg_relaxed', 0, 'pointee', 'write');
row('set_bit clear_bit change_bit test_and_set_bit test_and_clear_bit test_and_change_bit', 1, 'pointee', 'write');
row('clear_bit_unlock test_and_set_bit_lock', 1, 'pointee', 'write');
row('test_bit test_bit_acquire', 1, 'pointee', 'read');
row('__set_bit __clear_bit __change_bit __test_and_set_bit __test_and_clear_bit __assign_bit', 1, 'pointee', 'write', false);
row('refcount_read kref_read', 0, 'pointee', 'read');
row('refcount_set refcount_inc refcount_inc_not_zero refcount_dec refcount_dec_and_test kref_get kref_put', 0, 'pointee', 'write');
row('refcount_add refcount_sub_and_test', 1, 'pointee', 'write');
row('memcpy memmove __memcpy strscpy strcpy strncpy strlcpy bitmap_copy', 0, 'pointee', 'write', false);
row('memcpy memmove __memcpy strscpy strcpy strncpy strlcpy bitmap_copy', 1, 'pointee', 'read', false);
row('memset memzero_explicit bitmap_zero bitmap_fill bitmap_clear bitmap_set', 0, 'pointee', 'write', false);
row('memcmp strcmp', 0, 'pointee', 'read', false);
row('memcmp strcmp', 1, 'pointee', 'read', false);
row('copy_from_user __copy_from_user copy_from_user_nofault', 0, 'pointee', 'write', false);
row('copy_to_user __copy_to_user', 1, 'pointee', 'read', false);
row('get_user __get_user', 0, 'value', 'write', false);
row('swap', 0, 'value', 'write', false);
row('swap', 1, 'value', 'write', false);

/** Types whose objects are linked to others of theirs: an entry is taken out through its own node, which writes to those beside it, or to the head. */
export const linkedTypes = /^struct ((list|hlist|hlist_bl|hlist_nulls|llist|plist)_(head|node)|rb_(node|root|root_cached))$/;

/** What a call of this name accesses; undefined where nothing is known of it. */
export function accessesOf(name: string): readonly AccessOperation[] | undefined {
  const known = table.get(name);
  if (known) return known;
  const atomic = /^(?:raw_|arch_)?atomic(?:64|_long)?_(\w+)$/.exec(name)?.[1];
  if (atomic === undefined) return undefined;
  // `atomic_add(1, &x->n)` has the amount first, `atomic_add_unless(&x->n, …)` has not.
  const argument = /(^|_)(add|sub|and|or|xor|andnot)(_|$)/.test(atomic) && !/unless/.test(atomic) ? 1 : 0;
  return [{ argument, of: 'pointee', access: /^read/.test(atomic) ? 'read' : 'write', isMarked: true }];
}

/** Calls whose arguments, but for the first few as given here, are no expressions: names of types and members. */
export const typeOperands: ReadonlyMap<string, number> = new Map([
  ['container_of', 1],
  ['container_of_const', 1],
  ['list_entry', 1],
  ['list_first_entry', 1],
  ['list_last_entry', 1],
  ['list_first_entry_or_null', 1],
  ['list_entry_rcu', 1],
  ['list_first_or_null_rcu', 1],
  ['list_next_entry', 1],
  ['list_prev_entry', 1],
  ['hlist_entry', 1],
  ['hlist_entry_safe', 1],
  ['hlist_bl_entry', 1],
  ['rb_entry', 1],
  ['rb_entry_safe', 1],
  ['llist_entry', 1],
  ['offsetof', 0],
  ['offsetofend', 0],
  ['sizeof_field', 0],
  ['struct_size', 0],
  ['ARRAY_SIZE', 0],
  ['BUILD_BUG_ON', 0],
  ['BUILD_BUG_ON_MSG', 0],
  ['static_assert', 0],
  ['__same_type', 0],
  ['typeof', 0],
]);

/** Functions that initialize the lock that their first argument points to. */
export const lockInitializers =
  /^(__)?(raw_)?(spin_lock|mutex|rwlock|rwsem|seqlock|rt_mutex|local_lock|ww_mutex)_init|^(__)?(init_rwsem|init_srcu_struct|sema_init|percpu_init_rwsem)|^__(raw_)?spin_lock_init|^__rwlock_init|^__mutex_init/;
