/** The smallest lock-order cycle, found from both its sides: lines 8 and 16. */
export const abba = `#include <linux/mutex.h>

static DEFINE_MUTEX(first_lock);
static DEFINE_MUTEX(second_lock);

void forward(void)
{
	mutex_lock(&first_lock); mutex_lock(&second_lock);
	mutex_unlock(&second_lock);
	mutex_unlock(&first_lock);
}

void backward(void)
{
	mutex_lock(&second_lock);
	mutex_lock(&first_lock);
	mutex_unlock(&first_lock);
	mutex_unlock(&second_lock);
}
`;
